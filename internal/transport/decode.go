package transport

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/wire"
)

const maxResponse = 64 << 20

var errResponseTooLarge = fmt.Errorf("%w: the response has more than %d MiB", confab.ErrTooLarge, maxResponse>>20)

// leftOuter is a response type that needs to know which parts of the response were
// left out because of their kind: their paths, as wire.Decode returns them.
type leftOuter interface{ LeftOut(odd []string) }

// decode decodes the response of an ordinary call into out.
func (c *call) decode(o *outcome, out any) error {
	if c.client.api.IsFailure(o.body) {
		return c.failureInside(o.resp.Header, o.body, false)
	}
	if out == nil {
		if len(o.body) == 0 {
			return nil
		}
		out = new(struct{}) // a proxy's page is no success, whatever its status code
	}
	body := o.body
	if unwrap := c.request.route.Unwrap; unwrap != nil {
		body = unwrap(body)
	}
	odd, err := wire.Decode(body, out)
	switch {
	case err != nil && c.request.untyped && json.Valid(o.body):
		return c.fail(fmt.Errorf("the response does not fit into %T: %w", out, err))
	case err != nil:
		return c.unreadable(o.resp, o.body, "the response is not the JSON that was expected", err)
	}
	if len(odd) > 0 {
		c.warnOdd(odd)
		if list, ok := out.(leftOuter); ok {
			list.LeftOut(odd)
		}
	}
	if required, _, _ := strings.Cut(c.request.route.Requires, " "); required != "" {
		if field := reflect.ValueOf(out).Elem().FieldByName(required); field.IsZero() || field.Kind() == reflect.Slice && field.Len() <= 1 {
			return c.checkRequired(o, body, out)
		}
	}
	return nil
}

// checkRequired returns an error if the response has neither the field that its
// route requires, nor one of its alternatives. A text or a list may be empty; an
// id may not. A required list must be a list in the response, because wire.Decode
// reads an object in its place as a list of one. body is the decoded part of the
// response.
func (c *call) checkRequired(o *outcome, body []byte, out any) error {
	value := reflect.ValueOf(out).Elem()
	var object map[string]json.RawMessage
	_ = json.Unmarshal(body, &object)
	names := strings.Fields(c.request.route.Requires)
	for _, name := range names {
		field, _ := value.Type().FieldByName(name)
		kind, got := field.Type.Kind(), value.FieldByName(name)
		if !got.IsZero() && kind != reflect.Slice || name != "ID" && isKind(object[jsonName(field)], kind) {
			return nil
		}
	}
	first, _ := value.Type().FieldByName(names[0])
	return c.unreadable(o.resp, o.body, "the response has no "+jsonName(first), nil)
}

func jsonName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return name
}

// isKind reports whether raw is a string, list or object, and kind is its kind.
func isKind(raw json.RawMessage, kind reflect.Kind) bool {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return false
	}
	return raw[0] == '"' && kind == reflect.String || raw[0] == '[' && kind == reflect.Slice || raw[0] == '{' && kind == reflect.Struct
}

// readAll reads a response up to the size limit. If a small response declares its
// size, readAll allocates that much at once, which saves a quarter of what a
// request allocates beyond net/http. The declared size is only a hint: a
// RoundTripper that decompresses may leave the compressed size there.
func readAll(r io.Reader, size int64) ([]byte, error) {
	if size < 0 || size > maxErrorBody {
		body, err := io.ReadAll(io.LimitReader(r, maxResponse+1))
		if len(body) > maxResponse {
			return nil, errResponseTooLarge
		}
		return body, err
	}
	body := make([]byte, 0, size+1)
	for {
		n, err := r.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case len(body) > maxResponse:
			return nil, errResponseTooLarge
		case err == io.EOF:
			return body, nil
		case err != nil:
			return nil, err
		case len(body) == cap(body):
			body = append(body, 0)[:len(body)]
		}
	}
}

// failureInside returns the error of an error object inside a 2xx response. begun
// means that parts of a stream came before it. The server has not acted if the
// code is that of a refusal and nothing came before.
func (c *call) failureInside(header http.Header, body []byte, begun bool) *confab.Error {
	e := c.serverError(0, header, body)
	e.OutcomeUnknown = c.request.route.acts() && (begun || !isRefusal(e.StatusCode))
	return e
}
