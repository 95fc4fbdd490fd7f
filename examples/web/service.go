package main

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/confab-go/confab/chatbot"
)

//go:embed page
var embedded embed.FS

const (
	maxStreams  = 2000 // of all visitors
	maxHandling = time.Minute
	remember    = 24 * time.Hour // deliveries of the webhook
)

// service is the handler of the relay.
type service struct {
	config    config
	log       *slog.Logger
	keys      sealer
	page      fs.FS
	products  map[string]product
	about     []about
	visitors  *limits
	addresses *limits
	streams   atomic.Int64
	store     *redisStore // nil with one instance
}

func newService(c config, log *slog.Logger, store *redisStore, products ...product) *service {
	page, err := fs.Sub(embedded, "page")
	if err != nil {
		panic(err) // the name is wrong
	}
	s := &service{
		config: c, log: log, keys: c.key, page: page, store: store, products: map[string]product{},
		visitors: newLimits(c.rate, c.burst), addresses: newLimits(c.rate*10, c.burst*10),
	}
	for _, p := range products {
		s.products[p.About().ID] = p
		s.about = append(s.about, p.About())
	}
	return s
}

func (s *service) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.welcome)
	mux.Handle("GET /", http.FileServerFS(s.page))
	mux.HandleFunc("GET /api/products", func(w http.ResponseWriter, _ *http.Request) { respond(w, http.StatusOK, s.about) })
	mux.Handle("POST /api/{product}/ask", s.perVisitor(s.ask))
	mux.Handle("GET /api/{product}/runs/{run}", s.perVisitor(s.follow))
	mux.Handle("POST /api/{product}/attachments", s.perVisitor(s.upload))
	mux.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /readyz", s.ready)
	if s.config.webhookSecret != "" {
		mux.Handle("POST /webhook/maiagent", s.webhook(s.received))
	}
	return s.observe(secure(http.NewCrossOriginProtection().Handler(mux)))
}

// ready says whether this instance can take more visitors.
func (s *service) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if s.streams.Load() >= maxStreams || s.store != nil && s.store.client.Ping(ctx).Err() != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

// webhook receives the messages of MaiAgent that belong to no request, such as those of a
// person who has taken over. A proxy must add the secret.
func (s *service) webhook(handle func(context.Context, *chatbot.Message) error) http.Handler {
	opts := []chatbot.WebhookOption{chatbot.WithSecretHeader("X-Webhook-Secret", s.config.webhookSecret), chatbot.WithDedupe(remember)}
	if s.store != nil {
		opts = append(opts, chatbot.WithDedupeStore(s.store, maxHandling))
	}
	return chatbot.WebhookHandler(handle, opts...)
}

// received is where your own program acts on a message.
func (s *service) received(ctx context.Context, message *chatbot.Message) error {
	s.log.InfoContext(ctx, "message received", "message", message.ID, "conversation", message.ConversationID, "type", message.Type)
	return nil
}
