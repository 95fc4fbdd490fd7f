package agent

import (
	"encoding/json"
	"reflect"

	"github.com/confab-go/confab/chatbotkit"
)

// message is what is published for calls of one function: a result or an error.
type message struct {
	result json.RawMessage
	err    string
}

func newMessage(o Outcome) message {
	if o.Err != nil {
		return message{err: o.Err.Error()}
	}
	return message{result: o.Result}
}

// MarshalJSON returns the form that the server reads.
func (m message) MarshalJSON() ([]byte, error) {
	if m.err != "" {
		return json.Marshal(map[string]string{"error": m.err})
	}
	return json.Marshal(map[string]json.RawMessage{"result": m.result})
}

// answer is the outcome of one call among several in a message.
type answer struct {
	Arguments json.RawMessage `json:"arguments,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
	Error     string          `json:"error,omitempty"`
}

const severalCalls = "This function was called several times at once. " +
	"Each entry of calls has the arguments of one call and its result or error."

// combine returns the message for calls that share a channel and are open together. If
// their outcomes are the same, it is that of each.
func combine(calls []*openCall) message {
	first := newMessage(calls[0].outcome)
	same := true
	answers := make([]answer, len(calls))
	for i, c := range calls {
		m := newMessage(c.outcome)
		same = same && m.err == first.err && sameJSON(m.result, first.result)
		answers[i] = answer{Arguments: c.function.Args, Result: m.result, Error: m.err}
	}
	if same {
		return first
	}
	result, err := json.Marshal(struct {
		Note  string   `json:"note"`
		Calls []answer `json:"calls"`
	}{severalCalls, answers})
	if err != nil { // the arguments came as JSON, and the results were encoded
		return message{err: err.Error()}
	}
	return message{result: result}
}

// sameJSON reports whether two texts hold the same value for a server that decodes
// numbers to 64-bit floats.
func sameJSON(a, b json.RawMessage) bool {
	if string(a) == string(b) {
		return true
	}
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// sameCall reports whether two events are about calls that look the same.
func sameCall(a, b chatbotkit.FunctionCall) bool {
	return a.Name == b.Name && sameJSON(a.Args, b.Args)
}
