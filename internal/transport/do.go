package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/confab-go/confab"
)

// Do carries out an ordinary call and decodes its answer into a T.
func Do[T any](ctx context.Context, c *Client, r Request) (*T, error) {
	out := new(T)
	if err := c.Do(ctx, r, out); err != nil {
		return nil, err
	}
	return out, nil
}

// Do carries out an ordinary call and decodes its answer into out. If out is nil
// the answer must be empty or an object, and none that reports an error.
func (c *Client) Do(ctx context.Context, r Request, out any) error {
	s := c.newCall(ctx, r.route)
	s.limit = c.timeout(r.route)
	resp, err := s.open(r)
	if err != nil {
		return err
	}
	return s.decode(resp, s.body, out)
}

func (s *call) decode(resp *http.Response, body []byte, out any) error {
	if s.client.api.IsFailure(body) {
		return s.serverError(0, resp.Header, body)
	}
	if out == nil {
		if len(body) == 0 {
			return nil
		}
		out = new(struct{}) // a page of a proxy is no answer, whatever its status
	}
	if err := s.lenientButItems(json.Unmarshal(body, out)); err != nil {
		return s.unreadable(resp, body, "the answer is not the JSON that was expected", err)
	}
	if s.route.Answer != "" && !bytes.Contains(body, []byte(`"`+s.route.Answer+`"`)) {
		return s.unreadable(resp, body, "the answer has no "+s.route.Answer, nil)
	}
	return nil
}

// lenientButItems is Lenient, but for the items of a list: one that has another
// kind in their place would look like an empty list.
func (s *call) lenientButItems(err error) error {
	if err == nil {
		return nil
	}
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) && kind.Field == s.route.Answer && kind.Type.Kind() == reflect.Slice {
		return err
	}
	return s.Lenient(err)
}

// Lenient takes an error of encoding/json about one field that has another kind
// than documented and logs it: the field stays zero, and its siblings are read
// all the same. It returns any other error.
func (s *call) Lenient(err error) error {
	if err == nil {
		return nil
	}
	var kind *json.UnmarshalTypeError
	if !errors.As(err, &kind) || kind.Field == "" {
		return err
	}
	field := inPackage.ReplaceAllString(kind.Field, "")
	kindName, _, _ := strings.Cut(kind.Value, " ") // a number's own text is behind it
	s.client.cfg.Logger.LogAttrs(s.Context, slog.LevelWarn, "field of an unexpected kind was left empty",
		s.attrs(slog.String("field", field), slog.String("kind", kindName))...)
	return nil
}

// inPackage matches the names of embedded wire structs, which encoding/json has
// among those of the fields.
var inPackage = regexp.MustCompile(`\b\w+(Fields|Wire)\.`)

var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// Call carries out a call that has no typed method: path is below the base URL
// and may have a query. in is the body as JSON, or for a GET the query: a
// url.Values, or a struct with url tags. A nil in is no query or an empty object.
// out takes the answer by encoding/json; nil ignores it.
func (c *Client) Call(ctx context.Context, method, path string, in, out any) error {
	r := Route{Method: strings.ToUpper(method), Path: "(path)", Anonymous: true}.With()
	if !slices.Contains(methods, r.route.Method) {
		return c.Wrap(r, fmt.Errorf("%w: method: must be one of %v", confab.ErrInvalid, methods))
	}
	if r.below, r.err = parsePath(path); r.err == nil {
		r.route.Path = r.below.EscapedPath()
	}
	switch {
	case !r.route.hasBody():
		r.query = in
	case in != nil:
		r.body = in
	}
	return c.Do(ctx, r, out)
}

// Check is the error that r would meet before it is sent, for a request that is to
// come only after others.
func (c *Client) Check(r Request) error {
	if _, err := r.url(*c.base); err != nil {
		return err
	}
	return c.admits(r.route)
}

// Wrap gives an error that is found before or after a call the form of its errors.
func (c *Client) Wrap(r Request, err error) error {
	return &failure{api: c.api.Name, route: r.route, causes: []error{err}}
}
