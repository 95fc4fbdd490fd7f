// Package transport sends the requests of all clients. It builds them,
// authenticates, retries, bounds the waits, reads the responses and returns
// failures as errors.
//
// It does not know which API it serves. The differences are the fields of an
// [API], and an operation is a [Route]. The way of a request reads top to bottom:
// build (request.go), attempt (attempt.go), judge (retry.go), decode (decode.go).
package transport

import (
	"fmt"
	"net/http"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/config"
)

// API describes one API.
type API struct {
	// Package is the name of the Go package, and Product that of the product.
	Package string
	Product string
	// BaseURL is everything before the documented paths.
	BaseURL string
	// KeyEnv is the environment variable of the key. Scheme is the word before the
	// key in the Authorization header.
	KeyEnv string
	Scheme string
	// DecodeError reads e.Body into Code, Message, Fields and Err. If StatusCode is
	// 0, because the error is inside a 200 or a stream, it sets the status code that
	// belongs to the code; one that it leaves at 0 becomes 500.
	DecodeError func(e *confab.Error)
	// IsFailure reports whether the body of a 2xx response is an error object.
	IsFailure func(body []byte) bool
	// DescribeReply sets the fields of info that value, a decoded response or an event
	// of a stream, says. It reports whether value is a piece of the reply. It is called
	// for observers only. It may be nil.
	DescribeReply func(value any, info *confab.ReplyInfo) (piece bool)
}

// Name returns the start of error texts.
func (api *API) Name() string { return config.APIName(api.Package, api.Product) }

// Option returns an option that belongs to api alone. Given to the client of
// another API it is ErrInvalid.
func (api *API) Option(name string, set config.Setter) confab.Option {
	return &ownOption{api: api, name: name, set: set}
}

// ownOption is an Option made outside of package confab. The embedded interface is
// nil: it is there for its unexported method.
type ownOption struct {
	confab.Option
	api  *API
	name string
	set  config.Setter
}

// Set applies the option to c, which must be of the same API.
func (o *ownOption) Set(c *config.Config) error {
	if c.API != o.api.Package {
		return fmt.Errorf("%w: %s: belongs to package %s, not to %s", confab.ErrInvalid, o.name, o.api.Package, c.API)
	}
	return o.set(c)
}

// Set applies an option to c.
func Set(c *config.Config, option confab.Option) error {
	setter, ok := option.(interface{ Set(*config.Config) error })
	if !ok {
		return fmt.Errorf("%w: option: must not be nil", confab.ErrInvalid)
	}
	return setter.Set(c)
}

// Route is one operation of an API.
type Route struct {
	// Name is the name of the operation: see [confab.Operation].
	Name   string
	Method string
	// Path is the template below the base URL, with {names} for ids.
	Path string
	// Requires is the Go name of the field without which a decoded response is
	// useless, such as ID. Several names, separated by spaces, are alternatives. A 2xx
	// response without any of them is an error.
	Requires string
	// Unwrap returns the part of a response's body that is decoded. Nil means all of
	// it.
	Unwrap func(body []byte) []byte
	// Repeatable marks a request that does no harm when it is sent twice. It is
	// retried even if the server may have acted on it.
	Repeatable bool
	// ReadOnly marks a POST that changes nothing.
	ReadOnly bool
	// Silent marks a stream that is silent by design. It has no idle timeout unless
	// the caller sets one.
	Silent bool
	// Anonymous marks an operation that needs no key.
	Anonymous bool
	// RunsModel marks an operation that waits for a language model, which takes
	// minutes where others take seconds.
	RunsModel bool
}

func (r *Route) hasBody() bool { return r.Method != http.MethodGet && r.Method != http.MethodHead }

func (r *Route) repeatable() bool { return r.Repeatable || !r.acts() }

// acts reports whether the operation changes something at the server.
func (r *Route) acts() bool { return r.hasBody() && !r.ReadOnly }
