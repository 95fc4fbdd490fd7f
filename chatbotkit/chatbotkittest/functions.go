package chatbotkittest

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"github.com/confab-go/confab/internal/fakeapi"
)

// pending is a function call that waits for its result on a channel.
type pending struct {
	call     Call
	channel  string
	listener *listener
	action   values
}

// callFunctions carries out the calls of one reply. It listens to each channel
// before it emits the begin of the wait, then waits for one result after the other.
func (e *engine) callFunctions(ctx context.Context, calls []Call, mark values, o *runResult) error {
	var waits []pending
	defer func() {
		for _, wait := range waits {
			e.unlisten(wait.listener)
		}
	}()
	for _, call := range calls {
		f := fakeapi.First(e.body.Functions, func(f *Function) bool { return f.Name == call.Name })
		if f == nil {
			o.results = append(o.results, ToolResult{Name: call.Name, Args: call.Args, Error: "Unknown function"})
			continue
		}
		if f.Result == nil {
			e.requestActivity(call, o)
			continue
		}
		action := e.beginOperation(call)
		switch {
		case truthy(f.Result.Data):
			e.emit("operationEnd", action)
			o.results = append(o.results, ToolResult{Name: call.Name, Args: call.Args, Result: f.Result.Data})
		case f.Result.Channel != "":
			heard, _ := e.listen(channelKey(e.identity, f.Result.Channel), 0)
			wait := pending{call, f.Result.Channel, heard, action}
			waits = append(waits, wait)
			e.emit("waitForChannelMessageBegin", wait.data())
		default:
			return &apiError{"GENERIC_ERROR", "Unsupported result type"}
		}
	}
	for _, wait := range waits {
		published, err := e.await(ctx, wait.listener)
		if err != nil {
			return err
		}
		data := wait.data()
		data["message"] = published
		e.emit("waitForChannelMessageEnd", data)
		e.emit("operationEnd", wait.action)
		if aborted := e.judge(wait.call, published, mark, o); aborted {
			o.reason = "abort"
			return nil
		}
	}
	return nil
}

func (w pending) data() values {
	return values{"channel": w.channel, "function": values{"name": w.call.Name, "args": w.call.Args}}
}

func (e *engine) beginOperation(call Call) values {
	e.core.Lock()
	action := values{"id": e.newID("action"), "kind": "function", "name": call.Name, "input": call.Args}
	operation := values{"id": e.newID("operation"), "action": action}
	e.core.Unlock()
	e.emit("operationBegin", operation)
	return operation
}

// requestActivity leaves a call to the caller, who continues with another request.
func (e *engine) requestActivity(call Call, o *runResult) {
	function := values{"name": call.Name, "arguments": call.Args}
	id := e.store("activity", "", values{"activity": values{"type": "request", "function": function}})
	o.id, o.reason = cmp.Or(o.id, id), "activity"
}

// await waits for the first message on a channel.
func (e *engine) await(ctx context.Context, from *listener) (json.RawMessage, error) {
	limit := time.NewTimer(channelLimit)
	defer limit.Stop()
	ping := time.NewTicker(channelPing)
	defer ping.Stop()
	for {
		select {
		case <-from.ready:
			if messages := e.received(from); len(messages) > 0 {
				return messages[0].data, nil
			}
		case <-ping.C:
			e.send(event{Type: "ping", Data: values{}})
		case <-limit.C:
			return nil, &apiError{"no_message_received_aborted", "No message received"}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// judge reads a published message as a result. It reports whether the message
// aborts the run.
func (e *engine) judge(call Call, published json.RawMessage, mark values, o *runResult) bool {
	var message values
	_ = json.Unmarshal(published, &message)
	result := ToolResult{Name: call.Name, Args: call.Args, Result: message}
	if truthy(message["abort"]) {
		e.emit("abort", values{
			"reason": message["abort"], "functionName": call.Name, "instance": mark["instance"], "iteration": mark["iteration"],
		})
		return true
	}
	if truthy(message["error"]) {
		text, _ := message["error"].(string)
		result.Result, result.Error = nil, cmp.Or(text, "Unknown error occurred")
	} else if inner, ok := message["result"]; ok {
		result.Result = inner
	}
	o.results = append(o.results, result)
	return false
}

// truthy reports whether JavaScript takes a value for true.
func truthy(v any) bool {
	return v != nil && v != false && v != 0.0 && v != ""
}
