package faultsuite

import (
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/confabtest"
)

// kind is the effect of repeating an operation.
type kind int

const (
	reads      kind = iota // nothing
	message                // harm: it must never be repeated
	repeatable             // no harm, according to the documentation
)

// operation is one method of a client.
type operation struct {
	api     string
	name    string
	kind    kind
	routes  []string // keys of Performed, in the order of the requests
	format  format   // of the last response
	endless bool     // the server never ends the response
	open    func(*plan) *site
	call    func(ctx context.Context, s *site, opts []confab.Option, a *ask) ([]string, error)
}

func (op *operation) String() string { return op.api + "." + op.name }

// route returns the key of Performed that shows whether the operation was carried
// out.
func (op *operation) route() string { return op.routes[len(op.routes)-1] }

// ask holds the parameters of an operation in a run, and what it observed.
type ask struct {
	text  string // the text to send, unique to the run
	take  int    // items per page
	leave int    // items after which the loop breaks, 0 for never

	left   bool
	wentOn bool   // an iterator did not end with its error
	client string // as package fmt prints it
}

// site is one test server with what a run needs of it.
type site struct {
	url      string
	client   *http.Client // reaches the server and its storage, without faults
	handler  http.Handler
	inject   func(confabtest.Fault)
	acts     func() map[string]int
	requests func() []confabtest.Request
	said     func() []string // returns the texts that the server stored
	close    func()

	conversation, message, channel, user, session string
	opts                                          []confab.Option // base URL, key and HTTP client
}

// served is an operation of a package. C is the type of the package's client.
type served[C any] struct {
	name   string
	kind   kind
	routes string // separated by commas
	format format
	call   func(context.Context, *C, *site, *ask) ([]string, error)
}

// operationsOf converts the operations of one package to the common form.
func operationsOf[C any](api string, newClient func(...confab.Option) (*C, error), open func(*plan) *site, all []served[C]) []*operation {
	var fitted []*operation
	for _, op := range all {
		fitted = append(fitted, &operation{
			api: api, name: op.name, kind: op.kind, routes: strings.Split(op.routes, ", "), format: op.format,
			endless: op.format == channelFeed || op.format == monitorFeed, open: open,
			call: func(ctx context.Context, s *site, opts []confab.Option, a *ask) ([]string, error) {
				client, err := newClient(append(s.opts, opts...)...)
				if err != nil {
					return nil, err
				}
				a.client = fmt.Sprintf("%v %+v %#v", client, client, client)
				return op.call(ctx, client, s, a)
			},
		})
	}
	return fitted
}

// gather ranges over an iterator and breaks after the item that the ask names.
func gather[T any](a *ask, all iter.Seq2[T, error], label func(T) string) (labels []string, failed error) {
	for item, err := range all {
		a.wentOn = a.wentOn || failed != nil
		if err != nil {
			failed = err
			continue
		}
		if labels = append(labels, label(item)); len(labels) == a.leave {
			a.left = true
			break
		}
	}
	return labels, failed
}

// one returns the label of a single value, or none if there is an error.
func one[T any](value *T, err error, label func(T) string) ([]string, error) {
	if err != nil {
		return nil, err
	}
	return []string{label(*value)}, nil
}

// page returns the labels of a page's items.
func page[T any](p *confab.Page[T], err error, label func(T) string) ([]string, error) {
	if err != nil {
		return nil, err
	}
	var labels []string
	for _, item := range p.Items {
		labels = append(labels, label(item))
	}
	return labels, nil
}

// written returns the label of the content of a file, even if the export failed.
func written(write func(io.Writer) error) ([]string, error) {
	var file strings.Builder
	err := write(&file)
	return []string{file.String()}, err
}

// upload returns a file that contains the run's text, with or without a length.
func upload(a *ask, sized bool) io.Reader {
	if sized {
		return strings.NewReader(a.text)
	}
	return io.MultiReader(strings.NewReader(a.text))
}
