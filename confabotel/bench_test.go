package confabotel_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/confabotel"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// BenchmarkComplete is a call without a network: alone, with an observer whose providers
// record nothing, and with those of the SDK, with and without a sampled span.
func BenchmarkComplete(b *testing.B) {
	client, err := chatbotkit.New(confab.WithAPIKey("k"), confab.WithHTTPClient(&http.Client{
		Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			body := `{"text":"hi","usage":{"token":2},"end":{"reason":"stop"}}`
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}, nil
		}),
	}))
	if err != nil {
		b.Fatal(err)
	}
	sdk := func(sampler sdktrace.Sampler) []confabotel.Option {
		return []confabotel.Option{
			confabotel.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSampler(sampler))),
			confabotel.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader()))),
		}
	}
	for name, opts := range map[string][]confabotel.Option{
		"no providers": {}, "not sampled": sdk(sdktrace.NeverSample()), "sampled": sdk(sdktrace.AlwaysSample()),
	} {
		observer, err := confabotel.New(opts...)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) { complete(b, client.With(confab.WithObserver(observer))) })
	}
	b.Run("no observer", func(b *testing.B) { complete(b, client) })
}

func complete(b *testing.B, client *chatbotkit.Client) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.Complete(b.Context(), hello); err != nil {
			b.Fatal(err)
		}
	}
}
