// Web is a chat page for ChatBotKit, MaiAgent and ChatBot.com, and the service behind it
// that keeps the keys.
//
// Without a key, all three are test servers on loopback. With keys, the page offers the
// products that have one:
//
//	cd examples/web && go run .
//	CHATBOTKIT_API_KEY=... MAIAGENT_API_KEY=... MAIAGENT_CHATBOT_ID=... go run .
//
// It serves plain HTTP. Put a proxy with TLS in front of it that does not buffer
// responses. Ctrl-C ends it after the answers in flight, or after 25 seconds.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"

	"github.com/confab-go/confab/examples/internal/program"
)

const usage = `Web is a chat page for ChatBotKit, MaiAgent and ChatBot.com. Without a key, all three
are test servers.

Set these variables to offer a product:
  CHATBOTKIT_API_KEY         and perhaps CHATBOTKIT_BOT_ID
  MAIAGENT_API_KEY           and MAIAGENT_CHATBOT_ID
  CHATBOTCOM_ACCESS_TOKEN
and these for the service:
  WEB_ADDRESS                the address to listen on (default 127.0.0.1:8080)
  WEB_KEY                    signs what pages keep; the same for all instances
                             (default: random, so pages expire with the process)
  WEB_HTTPS=1                visitors come by https: their cookie is sent by https only
  WEB_ADDRESS_HEADER         the header with which a proxy sets a visitor's address,
                             such as X-Forwarded-For
  WEB_REDIS                  redis://... for the webhook of several instances
  WEBHOOK_SECRET             receive MaiAgent's webhook at /webhook/maiagent; a proxy
                             must send this value in the header X-Webhook-Secret`

// maxDrain is how long answers may go on after Ctrl-C.
const maxDrain = 25 * time.Second

func main() { program.Main(usage, run) }

func run(ctx context.Context) error {
	c, err := configFrom(os.Getenv)
	if err != nil {
		return err
	}
	log := slog.New(requestIDs{slog.NewJSONHandler(os.Stderr, nil)})
	products, descriptions, closeServers, err := connect(os.Getenv, log)
	if err != nil {
		return err
	}
	defer closeServers()
	var store *redisStore
	if c.redis != "" {
		opts, parseErr := redis.ParseURL(c.redis)
		if parseErr != nil {
			return errors.New("WEB_REDIS is not the URL of a Redis server") // parseErr quotes it
		}
		logging.Disable() // the store logs what fails
		store = &redisStore{redis.NewClient(opts), log}
		defer func() { _ = store.client.Close() }()
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.address)
	if err != nil {
		return err
	}
	fmt.Println(strings.Join(append(descriptions, fmt.Sprintf("open http://%s", listener.Addr())), "\n"))
	if err := newService(c, log, store, products...).serve(ctx, listener, maxDrain); err != nil {
		return err
	}
	return ctx.Err()
}

// serve handles requests until ctx ends. Then it takes no new ones and lets answers
// finish for the time of drain. Those that take longer end with an event that says so.
func (s *service) serve(ctx context.Context, listener net.Listener, drain time.Duration) error {
	requests, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	server := &http.Server{
		Handler:           s.handler(),
		BaseContext:       func(net.Listener) context.Context { return requests },
		ReadHeaderTimeout: maxRead,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	stopped := make(chan struct{})
	forget := context.AfterFunc(ctx, func() {
		defer close(stopped)
		if n := s.streams.Load(); n > 0 {
			s.log.Info("stopping", "streams", n)
		}
		waiting, cancel := context.WithTimeout(requests, drain)
		defer cancel()
		if server.Shutdown(waiting) == nil {
			return
		}
		stop(errStopping)
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		_ = server.Shutdown(last)
		_ = server.Close()
	})
	defer forget()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	<-stopped
	return nil
}
