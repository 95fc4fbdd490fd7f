package confabotel_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/confabotel"
)

// The spans of a call that is rate limited once, and whose stream is then cut.
func Example() {
	server := chatbotkittest.NewServer()
	defer server.Close()
	spans := tracetest.NewInMemoryExporter()

	observer, err := confabotel.New(confabotel.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))))
	if err != nil {
		fmt.Println(err)
		return
	}
	client := server.Client(confab.WithObserver(observer))

	cut := 3
	server.Inject(chatbotkittest.Fault{Status: 429}, chatbotkittest.Fault{CutAfterEvents: &cut})
	for event, err := range client.CompleteStream(context.Background(), chatbotkit.CompleteParams{
		Messages: []chatbotkit.MessageParam{{Type: chatbotkit.MessageUser, Text: "Where is order 7?"}},
	}) {
		if err != nil {
			fmt.Println(err)
			break
		}
		fmt.Printf("%T\n", event)
	}
	fmt.Print(tree(spans.GetSpans()))
	// Output:
	// chatbotkit.SendResultEvent
	// chatbotkit.CompleteBeginEvent
	// chatbotkit.TokenEvent
	// chatbotkit: POST /conversation/complete: unexpected EOF; the server may have carried this out (2 attempts)
	// chat chatbotkit.Complete (client)
	//     | ERROR chatbotkit: POST /conversation/complete: unexpected EOF; the server may have carried this out (2 attempts)
	//     | confab.operation=chatbotkit.Complete
	//     | confab.request_id=req-000002
	//     | confab.stream.events=3
	//     | error.type=truncated
	//     | gen_ai.operation.name=chat
	//     | gen_ai.provider.name=chatbotkit
	//     | gen_ai.request.stream=true
	//     | http.request.method=POST
	//     | http.request.resend_count=1
	//     | http.response.status_code=200
	//     | url.template=/conversation/complete
	//     attempt (internal)
	//         | ERROR
	//         | confab.request_id=req-000001
	//         | confab.retry.reason=rate_limited
	//         | error.type=429
	//         | http.request.method=POST
	//         | http.response.status_code=429
	//         | url.template=/conversation/complete
	//     attempt (internal)
	//         | confab.request_id=req-000002
	//         | http.request.method=POST
	//         | http.request.resend_count=1
	//         | http.response.status_code=200
	//         | url.template=/conversation/complete
}

// tree returns spans below their parents, without times.
func tree(spans tracetest.SpanStubs) string {
	var text strings.Builder
	slices.SortStableFunc(spans, func(a, b tracetest.SpanStub) int { return a.StartTime.Compare(b.StartTime) })
	known := map[trace.SpanID]bool{}
	for _, span := range spans {
		known[span.SpanContext.SpanID()] = true
	}
	for _, span := range spans {
		if !known[span.Parent.SpanID()] {
			write(&text, spans, span, "")
		}
	}
	return text.String()
}

func write(w *strings.Builder, spans tracetest.SpanStubs, span tracetest.SpanStub, indent string) {
	fmt.Fprintf(w, "%s%s (%s)\n", indent, span.Name, span.SpanKind)
	if span.Status.Code == codes.Error {
		fmt.Fprintln(w, strings.TrimRight(indent+"    | ERROR "+span.Status.Description, " "))
	}
	attrs := slices.DeleteFunc(span.Attributes, func(a attribute.KeyValue) bool { return a.Value.Type() == attribute.FLOAT64 })
	slices.SortFunc(attrs, func(a, b attribute.KeyValue) int { return cmp.Compare(a.Key, b.Key) })
	for _, a := range attrs {
		fmt.Fprintf(w, "%s    | %s=%s\n", indent, a.Key, a.Value)
	}
	for _, child := range spans {
		if child.Parent.SpanID() == span.SpanContext.SpanID() {
			write(w, spans, child, indent+strings.Repeat(" ", 4))
		}
	}
}
