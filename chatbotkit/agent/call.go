package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/confab-go/confab/chatbotkit"
)

var (
	errPanic   = errors.New("internal error: the function panicked")
	errUnknown = errors.New("unknown function")
	errNoText  = errors.New("the function failed without a message")
)

// call carries out one call. It reports false if the run has ended meanwhile. t is nil
// for a function that the run does not have.
func (r *run) call(t *Tool, asked chatbotkit.FunctionCall, announced time.Time) (Outcome, bool) {
	ctx, cancel := context.WithDeadlineCause(r.ctx, announced.Add(r.callTimeout), errTimeout(r.callTimeout))
	defer cancel()
	c := Call{Name: asked.Name, Args: asked.Args}
	var o Outcome
	if t == nil || t.function.Name != asked.Name {
		o.Err = fmt.Errorf("%w %q", errUnknown, asked.Name)
	} else {
		o.Result, o.Err = r.invoke(ctx, t, &c)
	}
	if r.ctx.Err() != nil {
		return o, false
	}
	switch {
	case o.Err == nil:
	case o.Err.Error() == "":
		o.Err = errNoText
	case ctx.Err() != nil && errors.Is(o.Err, ctx.Err()):
		o.Err = context.Cause(ctx)
	}
	o.Took = time.Since(announced)
	if r.after != nil {
		_ = r.hook(r.ctx, c.Name, func() error { r.after(r.ctx, c, o); return nil })
	}
	return o, r.ctx.Err() == nil
}

type errTimeout time.Duration

func (e errTimeout) Error() string {
	return fmt.Sprintf("the function did not return within %v", time.Duration(e))
}

func (e errTimeout) Is(target error) bool { return target == context.DeadlineExceeded }

// invoke validates the arguments of a call, asks for approval and runs the function.
func (r *run) invoke(ctx context.Context, t *Tool, c *Call) (json.RawMessage, error) {
	args, err := t.parameters.arguments(c.Args)
	if err != nil {
		return nil, err
	}
	c.Args = args
	var function func(context.Context) (any, error)
	if err := r.guard(c.Name, func() (err error) { function, err = t.prepare(args); return err }); err != nil {
		return nil, &argumentsError{[]string{err.Error()}}
	}
	if r.before != nil {
		if err := r.hook(ctx, c.Name, func() error { return r.before(ctx, *c) }); err != nil {
			return nil, err
		}
	}
	select {
	case r.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if ctx.Err() != nil {
		<-r.slots
		return nil, context.Cause(ctx)
	}
	type returned struct {
		result json.RawMessage
		err    error
	}
	done := make(chan returned, 1)
	r.tasks.Go(func() {
		out := returned{err: errPanic}
		defer func() {
			<-r.slots
			done <- out
		}()
		out.err = r.guard(c.Name, func() error {
			value, err := function(ctx)
			if err == nil {
				out.result, err = json.Marshal(value)
			}
			return err
		})
	})
	select {
	case out := <-done:
		if out.err != nil {
			return nil, out.err
		}
		return out.result, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// hook runs a hook when no other hook runs. It waits for its end only as long as ctx.
func (r *run) hook(ctx context.Context, name string, hook func() error) error {
	select {
	case r.hooks <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	done := make(chan error, 1)
	r.tasks.Go(func() {
		err := errPanic
		defer func() {
			<-r.hooks
			done <- err
		}()
		err = r.guard(name, hook)
	})
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// guard runs code of the caller. A panic is logged and becomes an error.
func (r *run) guard(name string, do func() error) (err error) {
	returned := false
	defer func() {
		if returned {
			return
		}
		value := recover() // nil after runtime.Goexit, which ends the goroutine anyway
		err = errPanic
		r.client.Logger().LogAttrs(r.ctx, slog.LevelError, "a tool panicked",
			slog.String("api", "chatbotkit"), slog.String("tool", name),
			slog.String("panic", fmt.Sprint(value)), slog.String("stack", string(debug.Stack())))
	}()
	err = do()
	returned = true
	return err
}
