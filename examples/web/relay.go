package main

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"strconv"
	"time"
)

const (
	maxQuestion = 64 << 10
	maxUpload   = 20 << 20
	uploadTime  = 5 * time.Minute
)

// ask sends a visitor's message to a product and relays the answer.
func (s *service) ask(w http.ResponseWriter, r *http.Request) {
	p, ok := s.products[r.PathValue("product")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	var q question
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxQuestion)).Decode(&q); err != nil {
		refuse(w, http.StatusBadRequest, "This message cannot be read. It may be too long.")
		return
	}
	ours := s.unseal(r, "conversation", &q.Conversation)
	for i := range q.Attachments {
		ours = s.unseal(r, "attachment", &q.Attachments[i]) && ours
	}
	switch {
	case !ours:
		refuse(w, http.StatusForbidden, "This conversation has expired. Please begin a new one.")
	case q.Text == "" && q.Goto == "" && !p.About().Greets:
		refuse(w, http.StatusBadRequest, "Please type a message.")
	default:
		s.relay(w, r, p, 0, p.Ask(r.Context(), q))
	}
}

// follow relays an answer from behind the event that the page saw last.
func (s *service) follow(w http.ResponseWriter, r *http.Request) {
	p, run := s.products[r.PathValue("product")], r.PathValue("run")
	if p == nil || !s.unseal(r, "run", &run) {
		http.NotFound(w, r)
		return
	}
	seen, err := strconv.Atoi(r.Header.Get("Last-Event-ID"))
	if err != nil {
		seen = 0
	}
	s.relay(w, r, p, seen, p.Follow(r.Context(), run))
}

// relay passes on the events of an answer, but not the first ones, which the page has
// seen. It ends the request to the product when the page is gone.
func (s *service) relay(w http.ResponseWriter, r *http.Request, p product, seen int, answer iter.Seq2[event, error]) {
	defer s.streams.Add(-1)
	if s.streams.Add(1) > maxStreams {
		refuse(w, http.StatusServiceUnavailable, "Too many people are here at the moment. Please try again later.")
		return
	}
	ctx := r.Context()
	out := newStream(w)
	defer out.close()
	number := 0
	for e, err := range answer {
		id := 0
		switch {
		case err != nil && ctx.Err() != nil && !errors.Is(context.Cause(ctx), errStopping):
			return
		case err != nil:
			s.log.WarnContext(ctx, "the answer failed", "product", p.About().ID, "error", err)
			e = explain(ctx, p.About().Name, err, number > 0)
		case e.Type == eventStart:
			e.Conversation, e.Run = s.seal(r, "conversation", e.Conversation), s.seal(r, "run", e.Run)
		default:
			number++
			id = number
		}
		// The page always gets the end: its number is too low if the product no longer
		// repeats the beginning of the answer.
		if 0 < id && id <= seen && e.Type != eventDone {
			continue
		}
		if out.send(id, e) != nil {
			return
		}
	}
}

// upload streams a file from the page to a product.
func (s *service) upload(w http.ResponseWriter, r *http.Request) {
	p, conversation := s.products[r.PathValue("product")], r.URL.Query().Get("conversation")
	switch {
	case p == nil || !p.About().Attachments:
		http.NotFound(w, r)
		return
	case !s.unseal(r, "conversation", &conversation):
		refuse(w, http.StatusForbidden, "This conversation has expired. Please begin a new one.")
		return
	case r.ContentLength <= 0 || r.ContentLength > maxUpload:
		refuse(w, http.StatusRequestEntityTooLarge, "A file must have between 1 byte and 20 MB.")
		return
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(uploadTime))
	_ = control.SetWriteDeadline(time.Now().Add(uploadTime + maxWrite))
	a, err := p.Upload(r.Context(), file{conversation, r.URL.Query().Get("name"), r.Body, r.ContentLength})
	if err != nil {
		s.log.WarnContext(r.Context(), "the upload failed", "product", p.About().ID, "error", err)
		refuse(w, http.StatusBadGateway, explain(r.Context(), p.About().Name, err, true).Text)
		return
	}
	respond(w, http.StatusOK, attachment{s.seal(r, "conversation", a.Conversation), s.seal(r, "attachment", a.ID)})
}

// seal signs a value for this visitor and product. It leaves an empty one.
func (s *service) seal(r *http.Request, kind, value string) string {
	if value == "" {
		return ""
	}
	return s.keys.seal(purpose(r, kind), value)
}

// unseal replaces a signed value by the value. It reports whether the signature is right,
// or the value empty.
func (s *service) unseal(r *http.Request, kind string, value *string) (ok bool) {
	if *value == "" {
		return true
	}
	*value, ok = s.keys.open(purpose(r, kind), *value)
	return ok
}

func purpose(r *http.Request, kind string) string {
	visitor, _ := r.Context().Value(visitorKey{}).(string)
	return kind + " of " + r.PathValue("product") + " for " + visitor
}
