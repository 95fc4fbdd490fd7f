// Metrics calls the three APIs and serves Prometheus metrics of the calls: durations,
// the time to the first piece of a reply, retries, failures and tokens.
//
// It prints its own page and ends. With -listen, it keeps serving the page. It belongs
// to a module of its own, because only this example needs Prometheus' client.
//
//	cd examples/metrics && go run .
//	cd examples/metrics && go run . -listen localhost:9090
//
// Without a key, a client talks to a test server over real HTTP on loopback. With a key,
// it talks to the real API. The keys are CHATBOTKIT_API_KEY, MAIAGENT_API_KEY and
// CHATBOTCOM_ACCESS_TOKEN. With MAIAGENT_API_KEY, set MAIAGENT_CHATBOT_ID to the
// assistant's id.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/examples/internal/program"
)

const usage = `Metrics calls the three APIs and serves Prometheus metrics of the calls.

Set these variables to call the real APIs:
  CHATBOTKIT_API_KEY
  MAIAGENT_API_KEY and MAIAGENT_CHATBOT_ID
  CHATBOTCOM_ACCESS_TOKEN`

func main() {
	address := flag.String("listen", "", "keep serving /metrics on this `address`, such as localhost:9090")
	program.Main(usage, func(ctx context.Context) error { return run(ctx, *address, os.Stdout) })
}

func run(ctx context.Context, address string, out io.Writer) error {
	registry := prometheus.NewRegistry()
	url, closeServer, err := serve(ctx, address, registry)
	if err != nil {
		return err
	}
	defer closeServer()

	observer := confab.WithObserver(newObserver(registry))
	for _, ask := range []func(context.Context, io.Writer, confab.Option) error{askChatBotKit, askMaiAgent, askChatBotCom} {
		if err := ask(ctx, out, observer); err != nil {
			return err
		}
	}
	fmt.Fprintln(out, "== metrics at", url)
	if address != "" {
		<-ctx.Done()
		return ctx.Err()
	}
	return printPage(ctx, url, out)
}

// serve serves the registry at /metrics, on a free port if address is empty.
func serve(ctx context.Context, address string, registry *prometheus.Registry) (url string, closeServer func(), err error) {
	if address == "" {
		address = "127.0.0.1:0"
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return "", nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // returns when the server is closed
	}()
	return "http://" + listener.Addr().String() + "/metrics", func() {
		_ = server.Close()
		<-done
	}, nil
}

// timed matches the samples that differ from run to run.
var timed = regexp.MustCompile(`^\w+_seconds_(bucket|sum)\b`)

// printPage prints a page of metrics without the samples that are times.
func printPage(ctx context.Context, url string, out io.Writer) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if line := lines.Text(); !timed.MatchString(line) {
			fmt.Fprintln(out, line)
		}
	}
	return lines.Err()
}
