package confabotel_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/chatbot/chatbottest"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/agent"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/confabotel"
	"github.com/confab-go/confab/webchat"
	"github.com/confab-go/confab/webchat/webchattest"
)

// recorded is what an observer made.
type recorded struct {
	spans  *tracetest.InMemoryExporter
	reader *sdkmetric.ManualReader
	option confab.Option
}

func record(t *testing.T, sampler sdktrace.Sampler) *recorded {
	t.Helper()
	r := &recorded{spans: tracetest.NewInMemoryExporter(), reader: sdkmetric.NewManualReader()}
	observer, err := confabotel.New(
		confabotel.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSyncer(r.spans), sdktrace.WithSampler(sampler))),
		confabotel.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(r.reader))),
		confabotel.Option{},
	)
	if err != nil {
		t.Fatal(err)
	}
	r.option = confab.WithObserver(observer)
	return r
}

// tree returns the spans as text, with ID in the place of random ids.
func (r *recorded) tree() string {
	return regexp.MustCompile(`\bconv\d+\b|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`).ReplaceAllString(tree(r.spans.GetSpans()), "ID")
}

// metrics returns the metrics by their names.
func (r *recorded) metrics(t *testing.T) map[string]metricdata.Metrics {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := r.reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	byName := map[string]metricdata.Metrics{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			byName[m.Name] = m
		}
	}
	return byName
}

// points returns the data points of a histogram.
func points[N int64 | float64](t *testing.T, m metricdata.Metrics) []metricdata.HistogramDataPoint[N] {
	t.Helper()
	histogram, ok := m.Data.(metricdata.Histogram[N])
	if !ok {
		t.Fatalf("%q is a %T", m.Name, m.Data)
	}
	return histogram.DataPoints
}

// series returns the count and the attributes of each data point.
func series[N int64 | float64](points []metricdata.HistogramDataPoint[N]) (texts []string) {
	for _, p := range points {
		texts = append(texts, fmt.Sprint(p.Count, " ", p.Attributes.Encoded(attribute.DefaultEncoder())))
	}
	slices.Sort(texts)
	return texts
}

var hello = chatbotkit.CompleteParams{Messages: []chatbotkit.MessageParam{{Type: chatbotkit.MessageUser, Text: "hello"}}}

// ask streams a reply and breaks out of the loop after n events, or never if n is 0.
func ask(ctx context.Context, client *chatbotkit.Client, n int) error {
	for _, err := range client.CompleteStream(ctx, hello) {
		if err != nil {
			return err
		}
		if n--; n == 0 {
			break
		}
	}
	return nil
}

// Protects the spans of each kind of call, with all their attributes except times.
func TestSpans(t *testing.T) {
	t.Parallel()
	two := 2
	kit := func(call func(ctx context.Context, client *chatbotkit.Client) error, faults ...chatbotkittest.Fault) func(*testing.T, context.Context, confab.Option) error {
		return func(_ *testing.T, ctx context.Context, option confab.Option) error {
			server := chatbotkittest.NewServer(chatbotkittest.InMemory())
			defer server.Close()
			server.Inject(faults...)
			return call(ctx, server.Client(option))
		}
	}
	for _, test := range []struct {
		name  string
		call  func(*testing.T, context.Context, confab.Option) error
		fails string // confab.ErrorType of the error
		want  string
	}{
		{"plain", kit(func(ctx context.Context, client *chatbotkit.Client) error {
			_, err := client.Conversations.Create(ctx, chatbotkit.ConversationCreateParams{})
			return err
		}), "", `
chatbotkit.Conversations.Create (client)
    | confab.operation=chatbotkit.Conversations.Create
    | confab.request_id=req-000001
    | gen_ai.conversation.id=ID
    | gen_ai.provider.name=chatbotkit
    | http.request.method=POST
    | http.response.status_code=200
    | url.template=/conversation/create
    attempt (internal)
        | confab.request_id=req-000001
        | http.request.method=POST
        | http.response.status_code=200
        | url.template=/conversation/create
`},
		{"completion", kit(func(ctx context.Context, client *chatbotkit.Client) error {
			_, err := client.Complete(ctx, hello)
			return err
		}), "", `
chat chatbotkit.Complete (client)
    | confab.operation=chatbotkit.Complete
    | confab.request_id=req-000001
    | confab.usage.tokens=4
    | gen_ai.operation.name=chat
    | gen_ai.provider.name=chatbotkit
    | gen_ai.response.finish_reasons=["stop"]
    | http.request.method=POST
    | http.response.status_code=200
    | url.template=/conversation/complete
    attempt (internal)
        | confab.request_id=req-000001
        | http.request.method=POST
        | http.response.status_code=200
        | url.template=/conversation/complete
`},
		{"retried", kit(func(ctx context.Context, client *chatbotkit.Client) error {
			_, err := client.Conversations.List(ctx, chatbotkit.ConversationListParams{})
			return err
		}, chatbotkittest.Fault{Status: 503}), "", `
chatbotkit.Conversations.List (client)
    | confab.operation=chatbotkit.Conversations.List
    | confab.request_id=req-000002
    | gen_ai.provider.name=chatbotkit
    | http.request.method=GET
    | http.request.resend_count=1
    | http.response.status_code=200
    | url.template=/conversation/list
    attempt (internal)
        | ERROR
        | confab.request_id=req-000001
        | confab.retry.reason=server_error
        | error.type=503
        | http.request.method=GET
        | http.response.status_code=503
        | url.template=/conversation/list
    attempt (internal)
        | confab.request_id=req-000002
        | http.request.method=GET
        | http.request.resend_count=1
        | http.response.status_code=200
        | url.template=/conversation/list
`},
		{"not found", kit(func(ctx context.Context, client *chatbotkit.Client) error {
			_, err := client.Conversations.Get(ctx, "conv0")
			return err
		}), "404", `
chatbotkit.Conversations.Get (client)
    | ERROR
    | confab.operation=chatbotkit.Conversations.Get
    | confab.request_id=req-000001
    | error.type=404
    | gen_ai.conversation.id=ID
    | gen_ai.provider.name=chatbotkit
    | http.request.method=GET
    | http.response.status_code=404
    | url.template=/conversation/{conversationId}/fetch
    attempt (internal)
        | ERROR
        | confab.request_id=req-000001
        | error.type=404
        | http.request.method=GET
        | http.response.status_code=404
        | url.template=/conversation/{conversationId}/fetch
`},
		{"streamed", kit(func(ctx context.Context, client *chatbotkit.Client) error { return ask(ctx, client, 0) }), "", `
chat chatbotkit.Complete (client)
    | confab.operation=chatbotkit.Complete
    | confab.request_id=req-000001
    | confab.stream.events=9
    | confab.usage.tokens=4
    | gen_ai.operation.name=chat
    | gen_ai.provider.name=chatbotkit
    | gen_ai.request.stream=true
    | gen_ai.response.finish_reasons=["stop"]
    | http.request.method=POST
    | http.response.status_code=200
    | url.template=/conversation/complete
    attempt (internal)
        | confab.request_id=req-000001
        | http.request.method=POST
        | http.response.status_code=200
        | url.template=/conversation/complete
`},
		{"left early", kit(func(ctx context.Context, client *chatbotkit.Client) error { return ask(ctx, client, 2) }), "", `
chat chatbotkit.Complete (client)
    | confab.operation=chatbotkit.Complete
    | confab.request_id=req-000001
    | confab.stream.events=2
    | confab.stream.left_early=true
    | gen_ai.operation.name=chat
    | gen_ai.provider.name=chatbotkit
    | gen_ai.request.stream=true
    | http.request.method=POST
    | http.response.status_code=200
    | url.template=/conversation/complete
    attempt (internal)
        | confab.request_id=req-000001
        | http.request.method=POST
        | http.response.status_code=200
        | url.template=/conversation/complete
`},
		{"cut", kit(func(ctx context.Context, client *chatbotkit.Client) error { return ask(ctx, client, 0) },
			chatbotkittest.Fault{CutAfterEvents: &two}), "truncated", `
chat chatbotkit.Complete (client)
    | ERROR chatbotkit: POST /conversation/complete: unexpected EOF; the server may have carried this out
    | confab.operation=chatbotkit.Complete
    | confab.request_id=req-000001
    | confab.stream.events=2
    | error.type=truncated
    | gen_ai.operation.name=chat
    | gen_ai.provider.name=chatbotkit
    | gen_ai.request.stream=true
    | http.request.method=POST
    | http.response.status_code=200
    | url.template=/conversation/complete
    attempt (internal)
        | confab.request_id=req-000001
        | http.request.method=POST
        | http.response.status_code=200
        | url.template=/conversation/complete
`},
		{"cancelled", kit(func(ctx context.Context, client *chatbotkit.Client) error {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Second, cancel)
			return ask(ctx, client, 0)
		}, chatbotkittest.Fault{Delay: time.Minute}), "canceled", `
chat chatbotkit.Complete (client)
    | ERROR chatbotkit: POST /conversation/complete: context canceled; the server may have carried this out
    | confab.operation=chatbotkit.Complete
    | confab.stream.events=0
    | error.type=canceled
    | gen_ai.operation.name=chat
    | gen_ai.provider.name=chatbotkit
    | gen_ai.request.stream=true
    | http.request.method=POST
    | url.template=/conversation/complete
    attempt (internal)
        | ERROR context canceled
        | error.type=canceled
        | http.request.method=POST
        | url.template=/conversation/complete
`},
		{"untyped", kit(func(ctx context.Context, client *chatbotkit.Client) error {
			return client.Call(ctx, http.MethodGet, "/conversation/list?take=1", nil, nil, nil)
		}), "", `
chatbotkit.Call (client)
    | confab.operation=chatbotkit.Call
    | confab.request_id=req-000001
    | gen_ai.provider.name=chatbotkit
    | http.request.method=GET
    | http.response.status_code=200
    | url.path=/conversation/list
    attempt (internal)
        | confab.request_id=req-000001
        | http.request.method=GET
        | http.response.status_code=200
        | url.path=/conversation/list
`},
		{"synthesis of nothing", kit(func(ctx context.Context, client *chatbotkit.Client) error {
			_, err := client.Messages.Synthesize(ctx, "conv0", "msg0", chatbotkit.MessageSynthesizeParams{})
			return err
		}), "404", `
generate_content chatbotkit.Messages.Synthesize (client)
    | ERROR
    | confab.operation=chatbotkit.Messages.Synthesize
    | confab.request_id=req-000001
    | error.type=404
    | gen_ai.conversation.id=ID
    | gen_ai.operation.name=generate_content
    | gen_ai.output.type=speech
    | gen_ai.provider.name=chatbotkit
    | http.request.method=POST
    | http.response.status_code=404
    | url.template=/conversation/{conversationId}/message/{messageId}/synthesize
    attempt (internal)
        | ERROR
        | confab.request_id=req-000001
        | error.type=404
        | http.request.method=POST
        | http.response.status_code=404
        | url.template=/conversation/{conversationId}/message/{messageId}/synthesize
`},
		{"chatbot", func(_ *testing.T, ctx context.Context, option confab.Option) error {
			server := chatbottest.NewServer(chatbottest.InMemory())
			defer server.Close()
			_, err := chatbot.Collect(server.Client(option).Completions.Stream(ctx, server.ChatbotID, chatbot.CompletionCreateParams{Message: chatbot.MessageParam{Content: "hello"}}))
			return err
		}, "", `
chat chatbot.Completions.Create (client)
    | confab.operation=chatbot.Completions.Create
    | confab.request_id=req-000001
    | confab.stream.events=4
    | gen_ai.conversation.id=ID
    | gen_ai.operation.name=chat
    | gen_ai.provider.name=maiagent
    | gen_ai.request.stream=true
    | http.request.method=POST
    | http.response.status_code=200
    | url.template=/chatbots/{chatbotId}/completions/
    attempt (internal)
        | confab.request_id=req-000001
        | http.request.method=POST
        | http.response.status_code=200
        | url.template=/chatbots/{chatbotId}/completions/
`},
		{"webchat", func(_ *testing.T, ctx context.Context, option confab.Option) error {
			server := webchattest.NewServer(webchattest.InMemory())
			defer server.Close()
			_, err := server.Client(option).NewSession(webchat.WithSessionID("00000000-0000-0000-0000-000000000000")).Query(ctx, "hello")
			return err
		}, "", `
webchat.Query (client)
    | confab.operation=webchat.Query
    | confab.request_id=req-000001
    | gen_ai.conversation.id=ID
    | gen_ai.provider.name=chatbot.com
    | http.request.method=POST
    | http.response.status_code=200
    | url.template=/query
    attempt (internal)
        | confab.request_id=req-000001
        | http.request.method=POST
        | http.response.status_code=200
        | url.template=/query
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := record(t, sdktrace.AlwaysSample())
				if err := test.call(t, t.Context(), r.option); confab.ErrorType(err) != test.fails {
					t.Errorf("the call returned %v", err)
				}
				if got := "\n" + r.tree(); got != test.want {
					t.Errorf("got%swant%s", got, test.want)
				}
			})
		})
	}
}

// Protects the times: the attempts have theirs, the wait between them is none of theirs,
// and the time to the first piece of the reply counts from the start
// of the call, without events before it. The buckets are those of the
// conventions.
func TestTimes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := record(t, sdktrace.AlwaysSample())
		server := chatbotkittest.NewServer(chatbotkittest.InMemory(), chatbotkittest.WithBot(func(chatbotkittest.Turn) chatbotkittest.Reply {
			return chatbotkittest.Reply{Tokens: []string{"a", "b"}, TokenDelay: 3 * time.Second, Usage: 300}
		}))
		defer server.Close()
		server.Inject(chatbotkittest.Fault{Status: 429, Delay: time.Second, Header: http.Header{"Retry-After": {"5"}}})
		start := time.Now()
		if err := ask(t.Context(), server.Client(r.option), 0); err != nil {
			t.Fatal(err)
		}
		type times struct {
			name       string
			start, end time.Duration
			seconds    map[attribute.Key]float64
		}
		var got []times
		for _, span := range r.spans.GetSpans() {
			seconds := map[attribute.Key]float64{}
			for _, a := range span.Attributes {
				if a.Value.Type() == attribute.FLOAT64 {
					seconds[a.Key] = a.Value.AsFloat64()
				}
			}
			got = append(got, times{span.Name, span.StartTime.Sub(start), span.EndTime.Sub(start), seconds})
		}
		want := []times{
			{"attempt", 0, time.Second, map[attribute.Key]float64{"confab.retry.wait": 5}},
			{"attempt", 6 * time.Second, 6 * time.Second, map[attribute.Key]float64{}},
			{"chat chatbotkit.Complete", 0, 12 * time.Second, map[attribute.Key]float64{"gen_ai.response.time_to_first_chunk": 9}},
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(times{})); diff != "" {
			t.Errorf("times (-want +got):\n%s", diff)
		}

		seconds := []float64{0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92}
		metrics := r.metrics(t)
		for name, sum := range map[string]float64{"gen_ai.client.operation.duration": 12, "gen_ai.client.operation.time_to_first_chunk": 9} {
			if p := points[float64](t, metrics[name]); len(p) != 1 || p[0].Sum != sum || !slices.Equal(p[0].Bounds, seconds) || metrics[name].Unit != "s" {
				t.Errorf("%s is %+v in %q, want %v s", name, p, metrics[name].Unit, sum)
			}
		}
		tokens := []float64{1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864}
		if p := points[int64](t, metrics["gen_ai.client.token.usage"]); len(p) != 1 || p[0].Sum != 300 || !slices.Equal(p[0].Bounds, tokens) {
			t.Errorf("token usage is %+v, want 300", p)
		}
	})
}

// Protects metrics from ids: calls of many conversations, at the same time and with every
// outcome, make as many series as there are operations and outcomes. Calls that run no
// model make none.
func TestCardinality(t *testing.T) {
	t.Parallel()
	r := record(t, sdktrace.AlwaysSample())
	server := chatbotkittest.NewServer()
	defer server.Close()
	client, ctx := server.Client(r.option), t.Context()
	var wait sync.WaitGroup
	for i := range 20 {
		wait.Go(func() {
			conversation, err := client.Conversations.Create(ctx, chatbotkit.ConversationCreateParams{})
			if err != nil {
				t.Error(err)
				return
			}
			for range client.Conversations.CompleteStream(ctx, conversation.ID, chatbotkit.ConversationCompleteParams{Text: "hello"}) {
			}
			_, _ = client.Conversations.Complete(ctx, fmt.Sprint("unknown", i), chatbotkit.ConversationCompleteParams{Text: "hello"})
			_ = client.Call(ctx, http.MethodGet, "/conversation/"+conversation.ID+"/fetch", nil, nil, nil)
			_, _ = client.Conversations.Get(ctx, conversation.ID)
		})
	}
	wait.Wait()

	const complete = "confab.operation=chatbotkit.Conversations.Complete,gen_ai.operation.name=chat,gen_ai.provider.name=chatbotkit"
	metrics := r.metrics(t)
	got := map[string][]string{}
	for name, m := range metrics {
		if name == "gen_ai.client.token.usage" {
			got[name] = series(points[int64](t, m))
		} else {
			got[name] = series(points[float64](t, m))
		}
	}
	want := map[string][]string{
		"gen_ai.client.operation.duration":            {"20 " + strings.Replace(complete, "gen_ai", "error.type=404,gen_ai", 1), "20 " + complete},
		"gen_ai.client.operation.time_to_first_chunk": {"20 " + complete},
		"gen_ai.client.token.usage":                   {"20 " + complete + ",gen_ai.token.type=total"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("series (-want +got):\n%s", diff)
	}
	if spans := len(r.spans.GetSpans()); spans != 2*5*20 {
		t.Errorf("%d spans, want one for each of 100 calls and one for each attempt", spans)
	}
}

// Protects sums of token usage: the tokens that the API charges for are recorded once.
// The model's own, which ChatBotKit may report beside them, are recorded only in their
// absence.
func TestTokens(t *testing.T) {
	t.Parallel()
	r := record(t, sdktrace.AlwaysSample())
	reply := chatbotkittest.Reply{
		Tokens: []string{"hi"}, Usage: 7,
		Lines: []string{`{"type":"usage","data":{"model":"m","inputTokensUsed":2,"outputTokensUsed":3}}`},
	}
	server := chatbotkittest.NewServer(chatbotkittest.WithBot(func(chatbotkittest.Turn) chatbotkittest.Reply { return reply }))
	defer server.Close()
	client, tokens := server.Client(r.option), map[string]int64{}
	usage := func() map[string]int64 {
		_ = ask(t.Context(), client, 0)
		for _, p := range points[int64](t, r.metrics(t)["gen_ai.client.token.usage"]) {
			kind, _ := p.Attributes.Value("gen_ai.token.type")
			tokens[kind.AsString()] = p.Sum
		}
		return tokens
	}
	if diff := cmp.Diff(map[string]int64{"total": 7}, usage()); diff != "" {
		t.Errorf("tokens of a reply with both (-want +got):\n%s", diff)
	}
	reply.NoResult = true
	if diff := cmp.Diff(map[string]int64{"total": 7, "input": 2, "output": 3}, usage()); diff != "" {
		t.Errorf("tokens after a reply without a total (-want +got):\n%s", diff)
	}
	text := r.tree()
	for _, attr := range []string{"gen_ai.usage.input_tokens=2\n", "gen_ai.usage.output_tokens=3\n", "gen_ai.response.model=m\n", "confab.usage.tokens=7\n"} {
		if !strings.Contains(text, attr) {
			t.Errorf("no span has %q:\n%s", attr, text)
		}
	}
}

// Protects secrets: neither the key nor a text of a message reaches a span or a metric,
// also if the server repeats them in an error, a header or a line that is broken.
func TestNoContent(t *testing.T) {
	t.Parallel()
	r := record(t, sdktrace.AlwaysSample())
	const secret = "s3cret"
	server := chatbotkittest.NewServer(chatbotkittest.WithAPIKeys("key-"+secret), chatbotkittest.WithBot(func(chatbotkittest.Turn) chatbotkittest.Reply {
		return chatbotkittest.Reply{Tokens: []string{secret}}
	}))
	defer server.Close()
	client, ctx := server.Client(r.option, confab.WithMaxRetries(0)), t.Context()
	params := chatbotkit.CompleteParams{Messages: []chatbotkit.MessageParam{{Type: chatbotkit.MessageUser, Text: secret}}}
	header := http.Header{"X-Request-Id": {"key-" + secret}, "Content-Type": {"text/" + secret}}
	for _, fault := range []chatbotkittest.Fault{
		{Skip: 1e6},
		{Status: 400, Body: `{"message":"` + secret + `","code":"` + secret + `"}`, Header: header},
		{Status: 200, Body: "<p>" + secret, Header: header},
		{Status: 307, Redirect: "http://" + secret + ".example/" + secret},
		{InsertLine: `{"type":"token","data":` + secret, InsertAfter: 1},
		{InsertLine: `{"type":"error","data":{"message":"` + secret + `","code":"` + secret + `"}}`, InsertAfter: 1},
	} {
		server.Inject(fault)
		for range client.CompleteStream(ctx, params) {
		}
		if fault.Skip == 0 {
			server.Inject(fault)
		}
		_, _ = client.Complete(ctx, params)
	}
	if text := fmt.Sprintf("%+v %+v", r.spans.GetSpans(), r.metrics(t)); strings.Contains(text, secret) {
		at := strings.Index(text, secret)
		t.Errorf("recorded ...%s", text[max(0, at-300):min(len(text), at+100)])
	}
	if spans := len(r.spans.GetSpans()); spans != 24 {
		t.Errorf("%d spans, want those of 12 calls and their attempts", spans)
	}
}

// Protects the place of the spans: below the caller's span, and above those of an HTTP
// client. Two observers do not mix up their spans.
func TestParents(t *testing.T) {
	t.Parallel()
	inner, outer := record(t, sdktrace.AlwaysSample()), record(t, sdktrace.AlwaysSample())
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(outer.spans))
	server := webchattest.NewServer()
	defer server.Close()
	httpClient := server.HTTPClient()
	httpClient.Transport = otelhttp.NewTransport(httpClient.Transport, otelhttp.WithTracerProvider(provider))
	client := server.Client(outer.option, inner.option, confab.WithHTTPClient(httpClient))

	ctx, caller := provider.Tracer("test").Start(t.Context(), "caller")
	if _, err := client.Users.List(ctx, webchat.UserListParams{}); err != nil {
		t.Fatal(err)
	}
	caller.End()
	parents := func(r *recorded) string {
		names := map[trace.SpanID]string{}
		for _, span := range slices.Concat(inner.spans.GetSpans(), outer.spans.GetSpans()) {
			names[span.SpanContext.SpanID()] = span.Name
		}
		var pairs []string
		for _, span := range r.spans.GetSpans() {
			pairs = append(pairs, names[span.Parent.SpanID()]+" > "+span.Name)
		}
		slices.Sort(pairs)
		return strings.Join(pairs, "\n")
	}
	if got := parents(inner); got != "webchat.Users.List > attempt\nwebchat.Users.List > webchat.Users.List" {
		t.Errorf("the inner observer's spans are\n%s", got)
	}
	if got := parents(outer); got != " > caller\ncaller > webchat.Users.List\nwebchat.Users.List > HTTP GET\nwebchat.Users.List > attempt" {
		t.Errorf("the outer observer's spans are\n%s", got)
	}
}

// Protects the trace of a tool call: the completion and the publish of the result are
// spans below the caller's, and the function's own span is too.
func TestToolCall(t *testing.T) {
	t.Parallel()
	r := record(t, sdktrace.AlwaysSample())
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(r.spans))
	server := chatbotkittest.NewServer(chatbotkittest.WithBot(func(turn chatbotkittest.Turn) chatbotkittest.Reply {
		if turn.Iteration == 1 {
			return chatbotkittest.Reply{Calls: []chatbotkittest.Call{{Name: "order", Args: map[string]any{"number": 7}}}}
		}
		return chatbotkittest.Reply{Tokens: []string{"Monday"}}
	}))
	defer server.Close()

	ctx, caller := provider.Tracer("test").Start(t.Context(), "caller")
	type orderArgs struct {
		Number int `json:"number"`
	}
	order := agent.MustTool("order", "Looks up when an order arrives.", func(ctx context.Context, _ orderArgs) (string, error) {
		_, span := provider.Tracer("test").Start(ctx, "order")
		defer span.End()
		return "Monday", nil
	})
	if _, err := chatbotkit.Collect(agent.Run(ctx, server.Client(r.option), hello, agent.WithTools(order))); err != nil {
		t.Fatal(err)
	}
	caller.End()
	var below []string
	for _, span := range r.spans.GetSpans() {
		if span.Parent.SpanID() == caller.SpanContext().SpanID() {
			below = append(below, span.Name)
		}
	}
	slices.Sort(below)
	if diff := cmp.Diff([]string{"chat chatbotkit.Complete", "chatbotkit.Channels.Publish", "order"}, below); diff != "" {
		t.Error(diff)
	}
}

// Protects metrics without traces: a call that is not sampled has no span, and counts.
func TestUnsampled(t *testing.T) {
	t.Parallel()
	r := record(t, sdktrace.NeverSample())
	server := chatbotkittest.NewServer()
	defer server.Close()
	if err := ask(t.Context(), server.Client(r.option), 0); err != nil {
		t.Fatal(err)
	}
	if spans := r.spans.GetSpans(); len(spans) != 0 {
		t.Errorf("got the spans %v, want none", spans)
	}
	if p := points[float64](t, r.metrics(t)["gen_ai.client.operation.duration"]); len(p) != 1 || p[0].Count != 1 {
		t.Errorf("the duration is %+v, want one call", p)
	}
}

// Protects New: the global providers are the default, the scope names the conventions,
// and a provider that is missing is an error.
func TestNew(t *testing.T) { //nolint:paralleltest // sets the global provider
	for _, opt := range []confabotel.Option{confabotel.WithTracerProvider(nil), confabotel.WithMeterProvider(nil)} {
		if _, err := confabotel.New(opt); err == nil {
			t.Error("New accepts a nil provider")
		}
	}
	spans := tracetest.NewInMemoryExporter()
	before := otel.GetTracerProvider()
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)))
	defer otel.SetTracerProvider(before)
	observer, err := confabotel.New()
	if err != nil {
		t.Fatal(err)
	}
	server := webchattest.NewServer()
	defer server.Close()
	if _, err := server.Client(confab.WithObserver(observer)).Users.List(t.Context(), webchat.UserListParams{}); err != nil {
		t.Fatal(err)
	}
	for _, span := range spans.GetSpans() {
		if s := span.InstrumentationScope; s.Name != "github.com/confab-go/confab/confabotel" || s.SchemaURL != "https://opentelemetry.io/schemas/1.41.0" {
			t.Errorf("the scope is %+v", s)
		}
	}
	if len(spans.GetSpans()) != 2 {
		t.Errorf("the global provider got %d spans, want 2", len(spans.GetSpans()))
	}
}
