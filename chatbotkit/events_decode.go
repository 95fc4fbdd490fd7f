package chatbotkit

import (
	"bytes"
	"encoding/json"
	"errors"
	"iter"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/stream"
	"github.com/confab-go/confab/internal/transport"
)

// frame is one line of a stream, {"type", "data", "createdAt"}, with the decoder of
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

// frames yields the lines of a response without its keep-alives. A line that is no
// object ends it with an error.
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

// newFrame finds the type of a line. A server writes it first, so there is no need
// to parse the line for it: a second Unmarshal would cost half as much as the first.
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

// failure returns the part of an error frame that describes the error.
func (f frame) failure() []byte {
	var envelope struct {
		Data json.RawMessage `json:"data"`
	}
	if json.Unmarshal(f.line, &envelope) == nil && len(envelope.Data) > 0 && envelope.Data[0] == '{' {
		return envelope.Data
	}
	return f.line
}

// decoder makes events of the frames of one type. decode is nil for an unknown type.
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
	decoder{"token", decodeToken},
	decoder{"reasoningToken", decode[ReasoningTokenEvent]},
	decoder{kindMessage, decode[MessageEvent]},
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
	var envelope struct {
		CreatedAt confab.Time `json:"createdAt"`
	}
	if err := resp.Decode(f.line, &envelope); err != nil {
		return nil, resp.Malformed(f.line, "a line of the stream is not JSON", err)
	}
	return UnknownEvent{Stamp: Stamp(envelope), Type: f.kind, Raw: bytes.Clone(f.line)}, nil
}

func decode[T Event, P interface {
	*T
	stamp(confab.Time)
}](resp *transport.Response, f frame) (Event, error) {
	var envelope struct {
		CreatedAt confab.Time `json:"createdAt"`
		Data      T           `json:"data"`
	}
	if err := resp.Decode(f.line, &envelope); err != nil {
		return nil, resp.Malformed(f.line, "an event of type "+f.kind+" cannot be read", err)
	}
	P(&envelope.Data).stamp(envelope.CreatedAt)
	return envelope.Data, nil
}

// resultFields are the fields that distinguish a result from {"ping":true}, which
// the server sends in its place when a run ends without a result.
type resultFields struct {
	ID, Text, Usage, End json.RawMessage
}

// isReply reports whether the result is a reply. Its text may be null.
func (r resultFields) isReply() bool {
	return isSet(r.Text) || isSet(r.ID) || isSet(r.Usage) || isSet(r.End)
}

// isStored reports whether the result is a message that was stored.
func (r resultFields) isStored() bool { return isSet(r.ID) }

// isRun reports whether the result is that of a dispatched run. A null text is
// enough, because Follow would otherwise wait without end.
func (r resultFields) isRun() bool { return r.Text != nil || r.isReply() }

func isSet(field json.RawMessage) bool { return field != nil && string(field) != "null" }

// isResult reports whether a frame of type result holds one. For invalid JSON it
// returns true: the decoding of the event reports that.
func (f frame) isResult(is func(resultFields) bool) bool {
	var envelope struct {
		Data json.RawMessage `json:"data"`
	}
	if json.Unmarshal(f.line, &envelope) != nil {
		return true
	}
	var fields resultFields
	_ = json.Unmarshal(envelope.Data, &fields) // anything but an object holds no result
	return is(fields)
}

// openWaits counts the functions and operations that the server has announced and that
// have not ended. Meanwhile the progress timeout does not run.
type openWaits struct{ open int }

func (w *openWaits) note(kind string) {
	switch kind {
	case "waitForChannelMessageBegin", "operationBegin":
		w.open++
	case "waitForChannelMessageEnd", "operationEnd":
		w.open = max(0, w.open-1)
	}
}
