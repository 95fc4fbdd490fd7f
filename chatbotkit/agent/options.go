package agent

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"github.com/confab-go/confab/internal/check"
)

// Option is a setting of a run. The zero Option changes nothing.
type Option struct{ set func(*settings) error }

type settings struct {
	tools         []Tool
	maxIterations int
	maxCalls      int
	callTimeout   time.Duration
	before        func(context.Context, Call) error
	after         func(context.Context, Call, Outcome)
}

const (
	defaultMaxIterations = 25
	defaultMaxCalls      = 8
	// defaultCallTimeout leaves time to publish before the server stops waiting.
	defaultCallTimeout = 270 * time.Second
)

// newSettings returns the settings of a run and the error of the first bad option.
func newSettings(opts []Option) (settings, error) {
	s := settings{maxCalls: defaultMaxCalls, callTimeout: defaultCallTimeout}
	var first error
	for _, opt := range opts {
		if opt.set != nil {
			first = cmp.Or(first, opt.set(&s))
		}
	}
	return s, first
}

// Call is a call of a tool by the model.
type Call struct {
	// Name is the name of the tool.
	Name string
	// Args are the arguments as a JSON object: those that the schema names, with
	// defaults.
	Args json.RawMessage
}

// Outcome is how a call ended.
type Outcome struct {
	// Result is the result as JSON, or nil if Err is set.
	Result json.RawMessage
	// Err is the error that the model reads: that of the function, a denial, a
	// panic, a timeout or invalid arguments.
	Err error
	// Took is the time since the server announced the call.
	Took time.Duration
}

// WithTools adds tools. Their names must be unique, also among the functions of the
// params. A request takes up to 100 functions, those of the bot's skillset included;
// the server ignores the others (unverified).
func WithTools(tools ...Tool) Option {
	return Option{func(s *settings) error {
		s.tools = append(s.tools, tools...)
		for _, t := range tools {
			if t.prepare == nil {
				return check.Must(false, "WithTools", "a tool must be made by NewTool")
			}
		}
		return nil
	}}
}

// WithMaxIterations sets how many rounds of function calls the model may make in a
// run, 25 by default. It must be at least 1. It is sent as the params'
// Limits.Iterations; if that is set too, the smaller number counts, and it replaces
// the default. A run that reaches the limit ends with its result, whose reason is
// [chatbotkit.EndIteration], or [chatbotkit.EndActivity] after a call without a
// channel.
func WithMaxIterations(n int) Option {
	return Option{func(s *settings) error {
		s.maxIterations = n
		return check.AtLeast("WithMaxIterations", &n, 1)
	}}
}

// WithMaxConcurrentCalls sets how many functions run at once, 8 by default. It must be
// at least 1. Further calls wait, which counts towards their timeout.
func WithMaxConcurrentCalls(n int) Option {
	return Option{func(s *settings) error {
		s.maxCalls = n
		return check.AtLeast("WithMaxConcurrentCalls", &n, 1)
	}}
}

// WithCallTimeout sets how long a call may take from its announcement to its outcome,
// the hook of [WithBeforeCall] included. It must be positive. The default is 4½
// minutes, because the server waits for five. The context of the call then ends, and
// the model reads that the call took too long.
func WithCallTimeout(d time.Duration) Option {
	return Option{func(s *settings) error {
		s.callTimeout = d
		return check.Must(d > 0, "WithCallTimeout", "must be positive")
	}}
}

// WithBeforeCall sets a function that approves each call, after its arguments were
// found valid. If it returns an error, the function is not called, and the model reads
// the error's text as the reason. Hooks run one at a time, so they may use a terminal.
func WithBeforeCall(approve func(context.Context, Call) error) Option {
	return Option{func(s *settings) error {
		s.before = approve
		return nil
	}}
}

// WithAfterCall sets a function that learns the outcome of each call before it is
// published, for example to log it. It is also called for calls that were denied or
// had invalid arguments, whose Args are then as the model sent them. It is not called
// for a call that the end of the run cancelled. Hooks run one at a time.
func WithAfterCall(done func(context.Context, Call, Outcome)) Option {
	return Option{func(s *settings) error {
		s.after = done
		return nil
	}}
}
