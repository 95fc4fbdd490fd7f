package confabotel

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/semconv/v1.41.0/genaiconv"

	"github.com/confab-go/confab"
)

// total is the type of tokens that are not split by direction.
const total = genaiconv.TokenTypeAttr("total")

// addInstruments makes the histograms with the buckets that the conventions recommend.
func (t *telemetry) addInstruments(meter metric.Meter) error {
	seconds := metric.WithExplicitBucketBoundaries(.01, .02, .04, .08, .16, .32, .64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
	tokens := metric.WithExplicitBucketBoundaries(1, 1<<2, 1<<4, 1<<6, 1<<8, 1<<10, 1<<12, 1<<14, 1<<16, 1<<18, 1<<20, 1<<22, 1<<24, 1<<26)
	var errs [3]error
	t.duration, errs[0] = genaiconv.NewClientOperationDuration(meter, seconds)
	t.firstChunk, errs[1] = genaiconv.NewClientOperationTimeToFirstChunk(meter, seconds)
	t.tokens, errs[2] = genaiconv.NewClientTokenUsage(meter, tokens)
	return errors.Join(errs[:]...)
}

// record records the metrics of a call of a model.
func (t *telemetry) record(ctx context.Context, r confab.CallResult, model genaiconv.OperationNameAttr, name string) {
	provider, method := providerOf(r.Operation), operationKey.String(name)
	if r.Err != nil {
		t.duration.Record(ctx, r.Duration.Seconds(), model, provider, method, semconv.ErrorTypeKey.String(confab.ErrorType(r.Err)))
	} else {
		t.duration.Record(ctx, r.Duration.Seconds(), model, provider, method)
	}
	if r.FirstPiece > 0 {
		t.firstChunk.Record(ctx, r.FirstPiece.Seconds(), model, provider, method)
	}
	type used struct {
		kind   genaiconv.TokenTypeAttr
		tokens int
	}
	usage := []used{{total, r.Reply.Tokens}}
	if r.Reply.Tokens == 0 {
		usage = []used{{genaiconv.TokenTypeInput, r.Reply.InputTokens}, {genaiconv.TokenTypeOutput, r.Reply.OutputTokens}}
	}
	for _, u := range usage {
		if u.tokens != 0 {
			t.tokens.Record(ctx, int64(u.tokens), model, provider, u.kind, method)
		}
	}
}
