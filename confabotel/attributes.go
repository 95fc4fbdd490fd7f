package confabotel

import (
	"errors"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/semconv/v1.41.0/genaiconv"
	"go.opentelemetry.io/otel/trace"

	"github.com/confab-go/confab"
)

// The attributes that the conventions do not have.
const (
	operationKey  = attribute.Key("confab.operation")
	requestIDKey  = attribute.Key("confab.request_id")
	reasonKey     = attribute.Key("confab.retry.reason")
	waitKey       = attribute.Key("confab.retry.wait")
	eventsKey     = attribute.Key("confab.stream.events")
	leftEarlyKey  = attribute.Key("confab.stream.left_early")
	usageKey      = attribute.Key("confab.usage.tokens")
	compact       = genaiconv.OperationNameAttr("compact")
	untypedMethod = "Call"
)

// modelOperations are the operations whose response is the work of a language model, by
// the name of the method. An operation that is not here has no metrics. Send is not: it
// stores a message, which Receive replies to.
var modelOperations = map[string]genaiconv.OperationNameAttr{
	"chatbotkit.Complete":               genaiconv.OperationNameChat,
	"chatbotkit.Compact":                compact,
	"chatbotkit.Conversations.Complete": genaiconv.OperationNameChat,
	"chatbotkit.Conversations.Receive":  genaiconv.OperationNameChat,
	"chatbotkit.Conversations.Compact":  compact,
	"chatbotkit.Messages.Synthesize":    genaiconv.OperationNameGenerateContent,
	"chatbot.Completions.Create":        genaiconv.OperationNameChat,
}

// methodOf returns the name of the Go method with its package.
func methodOf(op confab.Operation) string { return op.API + "." + op.Name }

// providerOf returns the value of gen_ai.provider.name.
func providerOf(op confab.Operation) genaiconv.ProviderNameAttr {
	return genaiconv.ProviderNameAttr(strings.ToLower(op.Product))
}

func operationAttrs(op confab.Operation) []attribute.KeyValue {
	return append(httpAttrs(op),
		operationKey.String(methodOf(op)),
		semconv.GenAIProviderNameKey.String(string(providerOf(op))))
}

func httpAttrs(op confab.Operation) []attribute.KeyValue {
	route := semconv.URLTemplate(op.Route)
	if op.Name == untypedMethod {
		route = semconv.URLPath(op.Route)
	}
	return []attribute.KeyValue{semconv.HTTPRequestMethodKey.String(op.Method), route}
}

func modelAttrs(op confab.Operation, model genaiconv.OperationNameAttr) []attribute.KeyValue {
	attrs := []attribute.KeyValue{semconv.GenAIOperationNameKey.String(string(model))}
	if op.Stream {
		attrs = append(attrs, semconv.GenAIRequestStream(true))
	}
	if model == genaiconv.OperationNameGenerateContent {
		attrs = append(attrs, semconv.GenAIOutputTypeSpeech)
	}
	return attrs
}

func attemptAttrs(a confab.Attempt) []attribute.KeyValue {
	attrs := append(httpAttrs(a.Operation), responseAttrs(a.StatusCode, a.RequestID, a.Number)...)
	if a.RetryReason != "" {
		attrs = append(attrs, reasonKey.String(string(a.RetryReason)), waitKey.Float64(a.RetryWait.Seconds()))
	}
	return attrs
}

// responseAttrs returns the attributes of the response to an attempt, without those
// that are not known.
func responseAttrs(status int, requestID string, attempt int) (attrs []attribute.KeyValue) {
	if status != 0 {
		attrs = append(attrs, semconv.HTTPResponseStatusCode(status))
	}
	if requestID != "" {
		attrs = append(attrs, requestIDKey.String(requestID))
	}
	if attempt > 1 {
		attrs = append(attrs, semconv.HTTPRequestResendCount(attempt-1))
	}
	return attrs
}

func resultAttrs(r confab.CallResult, runsModel bool) []attribute.KeyValue {
	attrs := append(responseAttrs(r.StatusCode, r.RequestID, r.Attempts), replyAttrs(r.Reply)...)
	if !r.Stream {
		return attrs
	}
	attrs = append(attrs, eventsKey.Int(r.Events))
	if runsModel && r.FirstPiece > 0 {
		attrs = append(attrs, semconv.GenAIResponseTimeToFirstChunk(r.FirstPiece.Seconds()))
	}
	if r.LeftEarly {
		attrs = append(attrs, leftEarlyKey.Bool(true))
	}
	return attrs
}

// replyAttrs returns what is known of the reply.
func replyAttrs(reply confab.ReplyInfo) (attrs []attribute.KeyValue) {
	if reply.ConversationID != "" {
		attrs = append(attrs, semconv.GenAIConversationID(reply.ConversationID))
	}
	if reply.FinishReason != "" {
		attrs = append(attrs, semconv.GenAIResponseFinishReasons(reply.FinishReason))
	}
	if reply.Model != "" {
		attrs = append(attrs, semconv.GenAIResponseModel(reply.Model))
	}
	if reply.InputTokens != 0 {
		attrs = append(attrs, semconv.GenAIUsageInputTokens(reply.InputTokens))
	}
	if reply.OutputTokens != 0 {
		attrs = append(attrs, semconv.GenAIUsageOutputTokens(reply.OutputTokens))
	}
	if reply.Tokens != 0 {
		attrs = append(attrs, usageKey.Int(reply.Tokens))
	}
	return attrs
}

// setError marks a span as failed, unless err is nil. The text of an error response is
// left out, because it may quote what was sent.
func setError(span trace.Span, err error) {
	if err == nil {
		return
	}
	span.SetAttributes(semconv.ErrorTypeKey.String(confab.ErrorType(err)))
	text := err.Error()
	if response := (*confab.Error)(nil); errors.As(err, &response) {
		text = ""
	}
	span.SetStatus(codes.Error, text)
}
