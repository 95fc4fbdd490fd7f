package chatbotkit

import (
	"bytes"
	"encoding/json"
	"errors"
	"iter"
	"time"

	"github.com/confab-go/confab/internal/stream"
	"github.com/confab-go/confab/internal/transport"
	"github.com/confab-go/confab/internal/wire"
)

// frame is one line of a stream, {"type", "data", "createdAt"}, and what decodes
// its type. It is valid until the next one.
type frame struct {
	decoder
	line []byte
}

const (
	kindError   = "error"
	kindItem    = "item"
	kindMessage = "message"
	kindResult  = "result"
)

// frames ranges over the lines of an answer but its keep-alives. A line that is
// no object ends it with an error.
func frames(resp *transport.Response, max int) iter.Seq2[frame, error] {
	return func(yield func(frame, error) bool) {
		for line, err := range stream.JSONL(resp.Body, max) {
			if err != nil {
				yield(frame{}, resp.Fail(err))
				return
			}
			f, err := newFrame(line)
			if err != nil {
				yield(frame{}, resp.Malformed(line, "a line of the stream is no event", err))
				return
			}
			if f.isKeepAlive() {
				continue
			}
			if !yield(f, nil) {
				return
			}
		}
	}
}

func (f frame) isKeepAlive() bool { return f.kind == "ping" || f.kind == "nop" }

var errNotObject = errors.New("not a JSON object")

// newFrame finds out the type of a line. A server writes it first, so that there
// is no need to parse the line twice: a second Unmarshal would cost half as much
// as the first again.
func newFrame(line []byte) (frame, error) {
	const prefix = `{"type":"`
	if rest, ok := bytes.CutPrefix(line, []byte(prefix)); ok {
		if end := bytes.IndexAny(rest, `"\`); end >= 0 && rest[end] == '"' {
			return frame{decoderOf(rest[:end]), line}, nil
		}
	}
	if !bytes.HasPrefix(line, []byte{'{'}) {
		return frame{}, errNotObject
	}
	var object struct {
		Type json.RawMessage `json:"type"`
	}
	if err := json.Unmarshal(line, &object); err != nil {
		return frame{}, err
	}
	var kind string
	_ = json.Unmarshal(object.Type, &kind) // a type that is no string is unknown
	if kind == "" && isFailure(line) {
		kind = kindError
	}
	return frame{decoderOf([]byte(kind)), line}, nil
}

// failure is the part of an error frame that says what is wrong.
func (f frame) failure() []byte {
	var envelope struct {
		Data json.RawMessage `json:"data"`
	}
	if json.Unmarshal(f.line, &envelope) == nil && len(envelope.Data) > 0 && envelope.Data[0] == '{' {
		return envelope.Data
	}
	return f.line
}

// decoder makes events of the frames of one type. For a type that is not known
// decode is nil.
type decoder struct {
	kind   string
	decode func(*transport.Response, frame) (Event, error)
}

func decoderOf(kind []byte) decoder {
	if d, ok := decoders[string(kind)]; ok {
		return d
	}
	return decoder{kind: string(kind)}
}

// decoders holds the known types.
var decoders = byKind(
	decoder{"token", decode[TokenEvent]},
	decoder{"reasoningToken", decode[ReasoningTokenEvent]},
	decoder{kindMessage, decodeMessage},
	decoder{kindResult, decode[ResultEvent]},
	decoder{kindError, decode[ErrorEvent]},
	decoder{"completeBegin", decode[CompleteBeginEvent]},
	decoder{"completeEnd", decode[CompleteEndEvent]},
	decoder{"abort", decode[AbortEvent]},
	decoder{"usage", decode[UsageEvent]},
	decoder{"waitForChannelMessageBegin", decode[WaitForChannelMessageBeginEvent]},
	decoder{"waitForChannelMessageEnd", decode[WaitForChannelMessageEndEvent]},
	decoder{"operationBegin", decode[OperationBeginEvent]},
	decoder{"operationEnd", decode[OperationEndEvent]},
	decoder{"intentDetectionBegin", decode[IntentDetectionBeginEvent]},
	decoder{"intentDetectionEnd", decode[IntentDetectionEndEvent]},
	decoder{"compactionBegin", decode[CompactionBeginEvent]},
	decoder{"compactionEnd", decode[CompactionEndEvent]},
	decoder{"progressReport", decode[ProgressReportEvent]},
	decoder{"audio", decode[AudioEvent]},
	decoder{"sendResult", decode[SendResultEvent]},
	decoder{"receiveResult", decode[ReceiveResultEvent]},
)

func byKind(all ...decoder) map[string]decoder {
	m := make(map[string]decoder, len(all))
	for _, d := range all {
		m[d.kind] = d
	}
	return m
}

// event decodes a frame into the type of its kind.
func (f frame) event(resp *transport.Response) (Event, error) {
	if f.decode != nil {
		return f.decode(resp, f)
	}
	if !json.Valid(f.line) {
		return nil, resp.Malformed(f.line, "a line of the stream is not JSON", nil)
	}
	return UnknownEvent{Type: f.kind, Raw: bytes.Clone(f.line)}, nil
}

func decode[T Event, P interface {
	*T
	stamp(time.Time)
}](resp *transport.Response, f frame) (Event, error) {
	var envelope struct {
		CreatedAt millis `json:"createdAt"`
		Data      T      `json:"data"`
	}
	if err := resp.Decode(f.line, &envelope); err != nil {
		return nil, resp.Malformed(f.line, "an event of type "+f.kind+" cannot be read", err)
	}
	P(&envelope.Data).stamp(envelope.CreatedAt.time())
	return envelope.Data, nil
}

// decodeMessage is decode for a message, which may have a time of its own.
func decodeMessage(resp *transport.Response, f frame) (Event, error) {
	event, err := decode[MessageEvent](resp, f)
	var envelope struct {
		Data struct {
			CreatedAt millis `json:"createdAt"`
		} `json:"data"`
	}
	if err == nil && json.Unmarshal(f.line, &envelope) == nil && envelope.Data.CreatedAt != 0 {
		message, _ := event.(MessageEvent)
		message.CreatedAt = envelope.Data.CreatedAt.time()
		return message, nil
	}
	return event, err
}

// outcome is what tells whether a result is one: a pointer is nil for a field
// that is absent or null.
type outcome struct {
	ID   *string `json:"id"`
	Text *string `json:"text"`
}

func hasText(o outcome) bool { return o.Text != nil }
func hasID(o outcome) bool   { return o.ID != nil }

// isResult reports whether a frame of type result holds one. The server writes
// {"ping":true} in its place when a run has ended without any. What is no JSON
// counts as one, for the event's own decoding to tell.
func (f frame) isResult(has func(outcome) bool) bool {
	var envelope struct {
		Data outcome `json:"data"`
	}
	err := json.Unmarshal(f.line, &envelope)
	return has(envelope.Data) || wire.Lenient(err) != nil
}
