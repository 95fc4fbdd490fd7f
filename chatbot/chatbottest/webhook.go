package chatbottest

import (
	"bytes"
	"context"
	"net/http"

	"github.com/confab-go/confab/internal/fakeapi"
)

// Delivery is one attempt to tell the webhook of an answer.
type Delivery struct {
	URL string
	// Body is the JSON that was sent.
	Body []byte
	// Status is the status that came back, 0 if there was no answer.
	Status int
}

// HandleWebhook serves a handler on an origin of its own, sets it as the
// assistant's webhook, and gives its address.
func (s *Server) HandleWebhook(h http.Handler) string {
	url := s.network.Serve(h) + "/webhook"
	s.mu.Lock()
	defer s.mu.Unlock()
	s.webhook = url
	return url
}

// Deliveries gives the attempts so far, in their order.
func (s *Server) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Delivery{}, s.deliveries...)
}

// Redeliver sends a message to the webhook once more, as the real server does
// when it has lost the receiver's answer. It waits for the outcome, and reports
// whether there is such a message and it was taken.
func (s *Server) Redeliver(messageID string) bool {
	s.mu.Lock()
	var found *message
	for _, m := range s.messages {
		if m.ID == messageID {
			found = m
		}
	}
	s.mu.Unlock()
	return found != nil && s.deliverOnce(s.network.Context(), s.webhookURL(), found)
}

func (s *Server) webhookURL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.webhook
}

// deliver tells the webhook of an answer until it says 200.
func (s *Server) deliver(ctx context.Context, m *message) {
	url := s.webhookURL()
	if url == "" {
		return
	}
	for try := 0; ; try++ {
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
		if resp, err := s.network.Client().Do(req); err == nil {
			d.Status = resp.StatusCode
			_ = resp.Body.Close()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deliveries = append(s.deliveries, d)
	return d.Status == http.StatusOK
}

// delivered is a message as the webhook gets it: with one name in snake case, and
// citations in their older form.
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
