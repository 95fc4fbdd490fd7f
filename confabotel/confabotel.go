// Package confabotel makes OpenTelemetry traces and metrics of the calls of confab's
// clients.
//
//	observer, err := confabotel.New()
//	client, err := chatbotkit.New(confab.WithObserver(observer))
//
// It is a module of its own, so that no other user of confab downloads OpenTelemetry.
// Attributes and metrics never contain a key, the body of a request or the text of a
// message.
//
// # Conventions
//
// Names follow the semantic conventions of OpenTelemetry 1.41.0. Those for generative AI
// are in development. Version 1.41 is the last that contains them: they moved to the
// repository open-telemetry/semantic-conventions-genai, which had no release when this
// was written. It plans to rename the metrics and to split token usage by direction.
// When it has a release, this package will follow it, which changes names.
//
// Names that begin with "confab." are of this package.
//
// # Spans
//
// Each call is a span of kind client. The span of a stream ends when the stream does. The
// contexts of the HTTP requests have the span, so that it is the parent of the spans of an
// instrumented HTTP client. Its name is that of the Go method, such as
// "chatbotkit.Conversations.Get".
//
//	http.request.method             the HTTP method
//	url.template                    the route, such as /users/{id}
//	url.path                        in its place for the method Call
//	http.response.status_code       of the last response
//	http.request.resend_count       the number of retries, if any
//	error.type                      as returned by confab.ErrorType, if the call failed
//	gen_ai.provider.name            chatbotkit, maiagent or chatbot.com
//	gen_ai.conversation.id          the conversation or session, if known
//	gen_ai.response.model           if the API says so
//	gen_ai.response.finish_reasons  the reason why the reply ended, if the API says so
//	gen_ai.usage.input_tokens       if the API says so
//	gen_ai.usage.output_tokens      likewise
//	confab.operation                the name of the Go method
//	confab.request_id               the id that the server gave the last response
//	confab.usage.tokens             the tokens that the API charges for
//	confab.stream.events            the number of events of a stream
//	confab.stream.left_early        true if the caller broke out of the loop
//
// A stream that was cut is an error with the type "truncated". A stream that the caller
// left is no error. The status of a failed span has the text of the error, unless that
// text quotes the server.
//
// Each attempt is a child span of kind internal with the name "attempt". It covers the
// time until the response was read, or, for a stream, until its header was read. It has
// the attributes of HTTP above for its own response, confab.request_id and, if another
// attempt follows, confab.retry.reason, which is a [confab.RetryReason], and
// confab.retry.wait in seconds. The spans of an instrumented HTTP client are beside it.
//
// # Calls of a model
//
// Operations whose response is the work of a language model also have
// gen_ai.operation.name, which precedes the method in the name of the span:
//
//	chat              Complete, Conversations.Complete, Conversations.Receive and
//	                  Completions.Create
//	generate_content  Messages.Synthesize, with gen_ai.output.type speech
//	compact           Compact and Conversations.Compact; the conventions have no value
//	                  for a summary
//
// Their streams have gen_ai.request.stream and gen_ai.response.time_to_first_chunk, in
// seconds from the start of the call, retries included, to the first piece of the reply
// or of the model's reasoning. Events that precede it do not count.
//
// All other operations have neither gen_ai.operation.name nor metrics: they would count
// as calls of a model and distort its durations. This includes Dispatch, which only queues a run, and all of webchat,
// because ChatBot.com's documents describe replies that somebody wrote. For metrics of
// these, write an observer of your own, or instrument the HTTP client.
//
// # Metrics
//
// The metrics are histograms with the buckets of the conventions:
//
//	gen_ai.client.operation.duration             seconds; for a stream until its end,
//	                                             with the caller's own time
//	gen_ai.client.operation.time_to_first_chunk  seconds; of streams with a piece of a reply
//	gen_ai.client.token.usage                    tokens; of calls whose usage is known
//
// Their attributes are gen_ai.operation.name, gen_ai.provider.name and confab.operation.
// The duration of a call that failed has error.type, and token usage has
// gen_ai.token.type. No attribute is an id, a model or a path, so the number of series
// does not grow with use.
//
// ChatBotKit reports one number of tokens that it charges for, seldom those of the model.
// That number has the type "total", which is not of the conventions. Only if there is none
// are the model's tokens recorded, with the types "input" and "output": a sum over all
// types counts no token twice. MaiAgent and ChatBot.com report no tokens.
//
// # Cost
//
// A minimal program that uses chatbotkit grows by 0.4 MiB (stripped, from 6.8 to 7.2) and
// by 32 packages, and by another 0.9 MiB with the SDK for traces and metrics. A call with
// a sampled span and metrics costs 50 allocations and 7 KB more, one without providers 21
// allocations and 2 KB.
package confabotel

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/semconv/v1.41.0/genaiconv"
	"go.opentelemetry.io/otel/trace"

	"github.com/confab-go/confab"
)

// scope is the name of the instrumentation scope.
const scope = "github.com/confab-go/confab/confabotel"

// Option is an option of [New]. The zero value changes nothing.
type Option struct{ set func(*providers) }

type providers struct {
	tracer trace.TracerProvider
	meter  metric.MeterProvider
}

// WithTracerProvider sets the provider of the tracer. The default is the global one,
// [otel.GetTracerProvider].
func WithTracerProvider(provider trace.TracerProvider) Option {
	return Option{func(p *providers) { p.tracer = provider }}
}

// WithMeterProvider sets the provider of the meter. The default is the global one,
// [otel.GetMeterProvider].
func WithMeterProvider(provider metric.MeterProvider) Option {
	return Option{func(p *providers) { p.meter = provider }}
}

// New returns an observer that makes spans and metrics. One observer serves any number
// of clients. The error is that of a meter that refuses an instrument.
func New(opts ...Option) (confab.Observer, error) {
	p := providers{otel.GetTracerProvider(), otel.GetMeterProvider()}
	for _, opt := range opts {
		if opt.set != nil {
			opt.set(&p)
		}
	}
	if p.tracer == nil || p.meter == nil {
		return confab.Observer{}, errors.New("confabotel: the provider must not be nil")
	}
	t := &telemetry{tracer: p.tracer.Tracer(scope, trace.WithSchemaURL(semconv.SchemaURL))}
	if err := t.addInstruments(p.meter.Meter(scope, metric.WithSchemaURL(semconv.SchemaURL))); err != nil {
		return confab.Observer{}, err
	}
	return confab.Observer{
		CallStarted:  t.callStarted,
		AttemptEnded: t.attemptEnded,
		CallEnded:    t.callEnded,
	}, nil
}

// telemetry is the state of an observer. Its address is the key of the call's span in
// contexts, because another observer may have put a span of its own above it.
type telemetry struct {
	tracer     trace.Tracer
	duration   genaiconv.ClientOperationDuration
	firstChunk genaiconv.ClientOperationTimeToFirstChunk
	tokens     genaiconv.ClientTokenUsage
}

func (t *telemetry) callStarted(ctx context.Context, op confab.Operation) context.Context {
	name, attrs := methodOf(op), operationAttrs(op)
	if model := modelOperations[name]; model != "" {
		attrs = append(attrs, modelAttrs(op, model)...)
		name = string(model) + " " + name
	}
	ctx, span := t.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attrs...))
	return context.WithValue(ctx, t, span)
}

func (t *telemetry) attemptEnded(ctx context.Context, a confab.Attempt) {
	parent := t.spanOf(ctx)
	if !parent.IsRecording() {
		return
	}
	_, span := t.tracer.Start(trace.ContextWithSpan(ctx, parent), "attempt",
		trace.WithTimestamp(a.Started), trace.WithAttributes(attemptAttrs(a)...))
	setError(span, a.Err)
	span.End(trace.WithTimestamp(a.Started.Add(a.Duration)))
}

func (t *telemetry) callEnded(ctx context.Context, r confab.CallResult) {
	span := t.spanOf(ctx)
	ctx = trace.ContextWithSpan(ctx, span)
	name := methodOf(r.Operation)
	model := modelOperations[name]
	if model != "" {
		t.record(ctx, r, model, name)
	}
	if span.IsRecording() {
		span.SetAttributes(resultAttrs(r, model != "")...)
		setError(span, r.Err)
	}
	span.End()
}

// spanOf returns the span of the call.
func (t *telemetry) spanOf(ctx context.Context) trace.Span {
	span, _ := ctx.Value(t).(trace.Span)
	return span
}
