package agent

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
)

// Run requests a completion without a stored conversation, like
// [chatbotkit.Client.CompleteStream], and calls the tools of [WithTools] for the model.
// The iterator yields all events up to one ResultEvent. It can be ranged over once.
//
// An invalid option or a failed publish ends the iterator with its error; package
// [agent] says when. All other errors are those of CompleteStream.
//
// If a tool without a channel was called, the run takes several requests. Their events
// follow each other, but only the last request yields its ResultEvent, with the usage
// of all. The messages of a request are appended to those of the next one.
//
// A result is published while the loop waits for the next event, so a slow loop body
// delays it.
//
// API reference: https://docs.cbk.ai/spec/v1/completeconversation
func Run(ctx context.Context, client *chatbotkit.Client, params chatbotkit.CompleteParams, opts ...Option) iter.Seq2[chatbotkit.Event, error] {
	return sequence(ctx, client, opts, params.Functions, params.Limits, &messages{client, params})
}

// RunConversation is [Run] on a stored conversation, like
// [chatbotkit.ConversationService.CompleteStream]. After a call of a tool without a
// channel it creates the messages of the response in the conversation.
//
// API reference: https://docs.cbk.ai/spec/v1/completeconversationmessage
func RunConversation(ctx context.Context, client *chatbotkit.Client, conversationID string, params chatbotkit.ConversationCompleteParams, opts ...Option) iter.Seq2[chatbotkit.Event, error] {
	return sequence(ctx, client, opts, params.Functions, params.Limits, &conversation{client, conversationID, params})
}

// thread is what a run talks to: messages that are sent with each request, or a stored
// conversation.
type thread interface {
	// request returns the stream of a completion.
	request(ctx context.Context, functions []chatbotkit.Function, limits chatbotkit.Limits) iter.Seq2[chatbotkit.Event, error]
	// respond appends the messages of a request and the responses to its activities.
	respond(ctx context.Context, said []chatbotkit.MessageEvent, responses map[int]activity) error
}

// errLeft is the cause of the end of a tool's context when the run has ended.
var errLeft = errors.New("the run has ended")

// run is one run: its tools, its open calls and the state of its loop.
type run struct {
	settings
	client *chatbotkit.Client
	thread thread
	ctx    context.Context
	end    context.CancelCauseFunc
	tasks  sync.WaitGroup
	slots  chan struct{} // one for each call at once
	hooks  chan struct{} // holds a token while a hook runs

	// own are the functions of the params.
	own    []chatbotkit.Function
	limits chatbotkit.Limits

	iterations int // that have begun
	usage      int // of the requests that have ended

	board board
}

func sequence(ctx context.Context, client *chatbotkit.Client, opts []Option, own []chatbotkit.Function, limits chatbotkit.Limits, on thread) iter.Seq2[chatbotkit.Event, error] {
	set, bad := newSettings(opts)
	var used atomic.Bool
	return func(yield func(chatbotkit.Event, error) bool) {
		if bad == nil && used.Swap(true) {
			bad = confab.ErrStreamConsumed
		}
		if bad != nil {
			yield(nil, fmt.Errorf("chatbotkit/agent: %w", bad))
			return
		}
		r := &run{settings: set, client: client, thread: on, own: own, limits: limits}
		r.slots, r.hooks = make(chan struct{}, set.maxCalls), make(chan struct{}, 1)
		r.ctx, r.end = context.WithCancelCause(ctx)
		r.board.wake = make(chan struct{}, 1)
		defer r.tasks.Wait()
		defer r.end(errLeft)
		r.tasks.Go(r.publishResults)
		for r.turn(yield) {
		}
	}
}

// turn makes one request and yields its events. It reports whether another request
// follows.
func (r *run) turn(yield func(chatbotkit.Event, error) bool) (again bool) {
	functions, limits := r.open()
	before := r.iterations
	var said []chatbotkit.MessageEvent
	r.board.reading(true)
	for event, err := range r.thread.request(r.ctx, functions, limits) {
		r.board.reading(false)
		if err != nil {
			r.stop(err, yield)
			return false
		}
		switch e := event.(type) {
		case chatbotkit.CompleteBeginEvent:
			r.iterations++
		case chatbotkit.WaitForChannelMessageBeginEvent:
			r.begin(e)
		case chatbotkit.WaitForChannelMessageEndEvent:
			if err := r.board.ended(e); err != nil {
				r.stop(err, yield)
				return false
			}
		case chatbotkit.OperationBeginEvent:
			r.board.operation(e.Action, 1)
		case chatbotkit.OperationEndEvent:
			r.board.operation(e.Action, -1)
		case chatbotkit.MessageEvent:
			said = append(said, e)
		case chatbotkit.ResultEvent:
			r.iterations = max(r.iterations, before+1)
			return r.result(e, said, yield)
		}
		if !yield(event, nil) {
			return false
		}
		r.board.reading(true)
	}
	return false
}

// stop ends the run with an error. If a failure of the run has ended the stream, that
// is the error.
func (r *run) stop(err error, yield func(chatbotkit.Event, error) bool) {
	var failed *runError
	if errors.As(context.Cause(r.ctx), &failed) {
		err = failed
	}
	r.end(errLeft)
	yield(nil, err)
}

// result ends a request: with the result of the run, or with the responses to calls of
// tools that have no channel.
func (r *run) result(e chatbotkit.ResultEvent, said []chatbotkit.MessageEvent, yield func(chatbotkit.Event, error) bool) (again bool) {
	r.usage += e.Usage.Token
	requested := r.requested(e, said)
	if len(requested) == 0 {
		e.Usage.Token = r.usage
		r.end(errLeft)
		yield(e, nil)
		return false
	}
	responses := r.answerActivities(requested)
	if r.ctx.Err() == nil {
		if err := r.thread.respond(r.ctx, said, responses); err != nil {
			r.stop(err, yield)
			return false
		}
	}
	return true
}

// open returns the functions of the next request, each with a new channel, and the
// limits that are left.
func (r *run) open() ([]chatbotkit.Function, chatbotkit.Limits) {
	functions := append([]chatbotkit.Function(nil), r.own...)
	r.board.clear()
	for i := range r.tools {
		t := &r.tools[i]
		f := t.function
		if !t.noChannel {
			f.Result = chatbotkit.FunctionResult{ChannelID: r.board.open(t)}
		}
		functions = append(functions, f)
	}
	if r.iterations > 0 { // they have been called
		for i := range functions {
			functions[i].Call.Start = nil
		}
	}
	limits := r.limits
	limits.Iterations = new(r.maximum() - r.iterations)
	return functions, limits
}

// maximum returns the number of iterations of the whole run.
func (r *run) maximum() int {
	switch {
	case r.limits.Iterations == nil && r.maxIterations == 0:
		return defaultMaxIterations
	case r.limits.Iterations == nil:
		return r.maxIterations
	case r.maxIterations == 0:
		return *r.limits.Iterations
	}
	return min(*r.limits.Iterations, r.maxIterations)
}

// begin starts the call that the server announces.
func (r *run) begin(e chatbotkit.WaitForChannelMessageBeginEvent) {
	announced := time.Now()
	c := r.board.begin(e, r.isOwn(e.ChannelID))
	if c == nil {
		return
	}
	r.tasks.Go(func() {
		o, ok := r.call(c.tool, e.Function, announced)
		if ok {
			r.board.answered(c, o)
		}
	})
}

func (r *run) isOwn(channelID string) bool {
	for _, f := range r.own {
		if f.Result.ChannelID == channelID {
			return true
		}
	}
	return false
}
