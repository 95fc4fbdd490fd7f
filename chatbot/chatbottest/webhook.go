package chatbottest

import (
	"bytes"
	"context"
	"net/http"

	"github.com/confab-go/confab/internal/fakeapi"
)

// Delivery is one attempt to deliver a message to the webhook.
type Delivery struct {
	URL string
	// Body is the JSON of the request.
	Body []byte
	// Status is the status code of the response, 0 if there was none.
	Status int
}

// HandleWebhook serves a handler on an origin of its own, makes it the assistant's
// webhook, and returns its URL.
func (s *Server) HandleWebhook(h http.Handler) string {
	url := s.core.Network.Serve(h) + "/webhook"
	s.core.Lock()
	defer s.core.Unlock()
	s.webhook = url
	return url
}

// Deliveries returns the deliveries so far, in their order.
func (s *Server) Deliveries() []Delivery {
	return fakeapi.Copies(s.core, &s.deliveries, func(d Delivery) Delivery { return d })
}

// Redeliver delivers a message to the webhook again, like the real server after it
// lost a response. It waits for the response. It reports whether the message exists
// and the response was a 200.
func (s *Server) Redeliver(messageID string) bool {
	s.core.Lock()
	found, url := s.message(messageID), s.webhook
	s.core.Unlock()
	return found != nil && s.deliverOnce(s.core.Network.Context(), url, found)
}

// deliver delivers a message to the webhook, if there is one, until the response is a
// 200.
func (s *Server) deliver(ctx context.Context, url string, m *message) {
	for try := 0; url != ""; try++ {
		if s.deliverOnce(ctx, url, m) || try == s.retries || !fakeapi.Pause(ctx, s.retryWait) {
			return
		}
	}
}

func (s *Server) deliverOnce(ctx context.Context, url string, m *message) bool {
	d := Delivery{URL: url, Body: fakeapi.JSONL(m.delivered())}
	if req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(d.Body)); err == nil {
		req.Header = s.webhookHeader.Clone()
		req.Header.Set("Content-Type", "application/json")
		if resp, err := s.core.Network.Client().Do(req); err == nil {
			d.Status = resp.StatusCode
			_ = resp.Body.Close()
		}
	}
	s.core.Lock()
	defer s.core.Unlock()
	s.deliveries = append(s.deliveries, d)
	return d.Status == http.StatusOK
}

// delivered returns a message in the form of the webhook: with one name in snake
// case and citations in their older form.
func (m *message) delivered() object {
	citations := []object{}
	for _, c := range m.Citations {
		citations = append(citations, object{
			"id": c["id"], "filename": c["filename"], "file": c["file"], "fileType": c["fileType"], "size": c["size"],
			"status": c["status"], "document": c["chatbotFileContent"], "createdAt": c["createdAt"],
		})
	}
	return object{
		"id": m.ID, "conversation": m.Conversation, "sender": m.Sender, "type": m.Type, "content": m.Content,
		"feedback": m.Feedback, "created_at": m.CreatedAt, "attachments": m.Attachments, "citations": citations,
	}
}
