package main

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/confab-go/confab"
)

// newObserver returns an observer that counts in metrics of r. No label is an id or a
// path, so the number of series does not grow with use.
func newObserver(r prometheus.Registerer) confab.Observer {
	metrics, operation := promauto.With(r), []string{"api", "operation"}
	running := metrics.NewGaugeVec(prometheus.GaugeOpts{
		Name: "confab_calls_running",
		Help: "Calls and streams that have not ended.",
	}, operation)
	attempts := metrics.NewCounterVec(prometheus.CounterOpts{
		Name: "confab_attempts_total",
		Help: "Attempts, by the kind of failure and by the reason for a retry.",
	}, append(operation, "error", "retry"))
	duration := metrics.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "confab_call_duration_seconds",
		Help:    "Time until a call or a stream ended, by the kind of failure.",
		Buckets: prometheus.ExponentialBuckets(.01, 2, 14),
	}, append(operation, "error"))
	firstPiece := metrics.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "confab_first_piece_seconds",
		Help:    "Time until the first piece of a streamed reply.",
		Buckets: prometheus.ExponentialBuckets(.01, 2, 14),
	}, operation)
	left := metrics.NewCounterVec(prometheus.CounterOpts{
		Name: "confab_streams_left_total",
		Help: "Streams that the program left before their end.",
	}, operation)
	tokens := metrics.NewCounterVec(prometheus.CounterOpts{
		Name: "confab_tokens_total",
		Help: "Tokens that the API charges for.",
	}, operation)
	return confab.Observer{
		CallStarted: func(_ context.Context, op confab.Operation) context.Context {
			running.WithLabelValues(op.API, op.Name).Inc()
			return nil
		},
		AttemptEnded: func(_ context.Context, a confab.Attempt) {
			attempts.WithLabelValues(a.API, a.Name, confab.ErrorType(a.Err), string(a.RetryReason)).Inc()
		},
		CallEnded: func(_ context.Context, r confab.CallResult) {
			running.WithLabelValues(r.API, r.Name).Dec()
			duration.WithLabelValues(r.API, r.Name, confab.ErrorType(r.Err)).Observe(r.Duration.Seconds())
			if r.FirstPiece > 0 {
				firstPiece.WithLabelValues(r.API, r.Name).Observe(r.FirstPiece.Seconds())
			}
			if r.LeftEarly {
				left.WithLabelValues(r.API, r.Name).Inc()
			}
			if r.Reply.Tokens > 0 {
				tokens.WithLabelValues(r.API, r.Name).Add(float64(r.Reply.Tokens))
			}
		},
	}
}
