package confabotel_test

import (
	"context"
	"fmt"
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/confabotel"
	"github.com/confab-go/confab/webchat"
	"github.com/confab-go/confab/webchat/webchattest"
)

// An HTTP client with spans of its own.
// They are children of the span of the call, and their names have the route.
func ExampleNew_otelhttp() {
	server := webchattest.NewServer()
	defer server.Close()
	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))

	observer, err := confabotel.New(confabotel.WithTracerProvider(provider))
	if err != nil {
		fmt.Println(err)
		return
	}
	named := otelhttp.WithSpanNameFormatter(func(_ string, req *http.Request) string {
		if op, ok := confab.OperationFromContext(req.Context()); ok {
			return op.Method + " " + op.Route
		}
		return req.Method
	})
	httpClient := server.HTTPClient()
	httpClient.Transport = otelhttp.NewTransport(httpClient.Transport, otelhttp.WithTracerProvider(provider), named)
	client := server.Client(confab.WithObserver(observer), confab.WithHTTPClient(httpClient))

	if _, err := client.Users.List(context.Background(), webchat.UserListParams{}); err != nil {
		fmt.Println(err)
	}
	var call tracetest.SpanStub
	for _, span := range spans.GetSpans() {
		if !span.Parent.IsValid() {
			call = span
		}
	}
	for _, span := range spans.GetSpans() {
		if span.Parent.Equal(call.SpanContext) {
			fmt.Println(call.Name, ">", span.Name)
		}
	}
	// Unordered output:
	// webchat.Users.List > GET /users
	// webchat.Users.List > attempt
}
