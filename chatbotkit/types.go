package chatbotkit

import (
	"math"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/check"
)

// millis is a time on the wire: milliseconds since 1970, as a number.
type millis float64

func toMillis(t time.Time) millis {
	if t.IsZero() {
		return 0
	}
	return millis(t.UnixMilli())
}

// time gives the zero time for 0, which stands for null and absent, and for what
// is no time.
func (m millis) time() time.Time {
	if m == 0 || math.Abs(float64(m)) > 8.64e15 {
		return time.Time{}
	}
	return time.UnixMilli(int64(m)).UTC()
}

// Usage is what an exchange has cost.
type Usage struct {
	// Token is the number of tokens used.
	Token float64 `json:"token"`
}

// EndReason says why a completion ended.
type EndReason string

// The documented reasons. EndActivity means that the model called a function
// without a result: see [Function].
const (
	EndLength    EndReason = "length"
	EndStop      EndReason = "stop"
	EndActivity  EndReason = "activity"
	EndAbort     EndReason = "abort"
	EndError     EndReason = "error"
	EndIteration EndReason = "iteration"
)

// End is how a completion ended.
type End struct {
	Reason EndReason `json:"reason"`
}

// Order is the order of a list, by time of creation.
type Order string

// The two orders.
const (
	Ascending  Order = "asc"
	Descending Order = "desc"
)

func (o Order) check() error {
	return check.That(o == "" || o == Ascending || o == Descending, "order", "must be asc or desc")
}

// Entity is a part of a text that stands for something.
type Entity struct {
	// Type is the kind of the entity.
	Type string `json:"type,omitzero"`
	// Begin and End are offsets into the text of the message.
	Begin int `json:"begin"`
	End   int `json:"end"`
	// Text is what stands there.
	Text string `json:"text,omitzero"`
	// Replacement is what the model is to see in its place.
	Replacement EntityReplacement `json:"replacement,omitzero"`
}

// EntityReplacement is what stands in the place of an [Entity].
type EntityReplacement struct {
	Begin int    `json:"begin"`
	End   int    `json:"end"`
	Text  string `json:"text"`
}

func checkEntities(entities []Entity) error {
	for _, e := range entities {
		if e.Begin < 0 || e.End < 1 {
			return check.That(false, "entities", "begin must be at least 0 and end at least 1")
		}
	}
	return nil
}

// checkMeta refuses keys that the server keeps for itself.
func checkMeta(meta confab.Meta) error {
	for key := range meta {
		if len(key) > 0 && key[0] == '_' {
			return check.That(false, "meta", "a key must not begin with an underscore")
		}
	}
	return nil
}
