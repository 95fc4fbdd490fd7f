package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/webchat"
	"github.com/confab-go/confab/webchat/webchattest"
)

// Protects the printed page: it has the retry, the stream that was cut and the one that
// was left, and no times, which differ from run to run.
func TestRun(t *testing.T) {
	t.Setenv("CHATBOTKIT_API_KEY", "")
	t.Setenv("MAIAGENT_API_KEY", "")
	t.Setenv("CHATBOTCOM_ACCESS_TOKEN", "")
	var out strings.Builder
	if err := run(t.Context(), "", &out); err != nil {
		t.Fatal(err)
	}
	for _, sample := range []string{
		`confab_attempts_total{api="chatbotkit",error="429",operation="Complete",retry="rate_limited"} 1`,
		`confab_call_duration_seconds_count{api="chatbotkit",error="truncated",operation="Complete"} 1`,
		`confab_streams_left_total{api="chatbotkit",operation="Complete"} 1`,
	} {
		if !strings.Contains(out.String(), sample+"\n") {
			t.Errorf("the page has no %s:\n%s", sample, out.String())
		}
	}
	if strings.Contains(out.String(), "_sum{") || strings.Contains(out.String(), "_bucket{") {
		t.Errorf("the page has times:\n%s", out.String())
	}
}

// interrupting cancels a context when text is written to it.
type interrupting struct {
	text   string
	cancel context.CancelFunc
}

func (w interrupting) Write(p []byte) (int, error) {
	if strings.Contains(string(p), w.text) {
		w.cancel()
	}
	return len(p), nil
}

// Protects Ctrl-C: it ends the calls as well as the server of -listen.
func TestInterrupt(t *testing.T) {
	t.Setenv("CHATBOTKIT_API_KEY", "")
	t.Setenv("MAIAGENT_API_KEY", "")
	t.Setenv("CHATBOTCOM_ACCESS_TOKEN", "")
	for _, text := range []string{"ChatBotKit, test", "MaiAgent, test", "ChatBot.com, test", "metrics at"} {
		ctx, cancel := context.WithCancel(t.Context())
		if err := run(ctx, "127.0.0.1:0", interrupting{text, cancel}); !errors.Is(err, context.Canceled) {
			t.Errorf("interrupted at %q: got %v", text, err)
		}
		cancel()
	}
	if err := run(t.Context(), "nowhere", io.Discard); err == nil {
		t.Error("an address that does not exist is accepted")
	}
}

// Protects the number of series from ids: one operation has one series.
func TestSeries(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	server := webchattest.NewServer()
	defer server.Close()
	client := server.Client(confab.WithObserver(newObserver(registry)))
	for i := range 20 {
		_, _ = client.NewSession(webchat.WithSessionID(fmt.Sprintf("session-%04d", i))).Query(t.Context(), "hello")
		_, _ = client.Users.Get(t.Context(), fmt.Sprintf("%024d", i))
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	series := map[string]int{}
	for _, family := range families {
		series[family.GetName()] = len(family.GetMetric())
	}
	if want := map[string]int{"confab_attempts_total": 2, "confab_call_duration_seconds": 2, "confab_calls_running": 2}; fmt.Sprint(series) != fmt.Sprint(want) {
		t.Errorf("got %v series, want %v", series, want)
	}
}

// Protects the README: the samples that it shows are those that the program prints.
func TestReadme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	output, err := os.ReadFile("testdata/output.txt")
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for line := range strings.Lines(string(readme)) {
		if !strings.HasPrefix(line, "confab_") {
			continue
		}
		if shown++; !strings.Contains(string(output), line) {
			t.Errorf("the program does not print %q", line)
		}
	}
	if shown == 0 {
		t.Error("README.md shows no sample")
	}
}
