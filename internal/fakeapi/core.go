package fakeapi

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Core is the part of a test server that no caller sees: its routes, the lock of
// its state, its work in the background and a count of the operations that it
// performed.
type Core struct {
	Network *Network
	// Router serves the API.
	Router *Router
	// Storage serves uploaded files on an origin of its own, StorageURL. It is nil
	// for an API without uploads.
	Storage    *Router
	StorageURL string
	// SetCursor replaces the cursor in a list's response, except on a last page.
	// CursorParams are the parameters of a request that hold its cursor.
	SetCursor    func(page map[string]json.RawMessage, cursor string)
	CursorParams []string

	sync.Mutex // guards the state of the server package
	performed  map[string]int

	ending  sync.Mutex // guards closed, and running against a late Add
	closed  bool
	running sync.WaitGroup
}

// NewServer starts a server over a core and returns it as a *confabtest.Server. path
// is the path of the API's base URL, such as /v1. Package confabtest sets it, so that
// its exported functions do not show this package.
var NewServer func(core *Core, path, apiKey string) any

// NewCore returns a core that listens on loopback or in memory.
func NewCore(inMemory bool) *Core {
	return &Core{Network: NewNetwork(inMemory), performed: map[string]int{}}
}

// Performed returns how often each operation was carried out.
func (c *Core) Performed() map[string]int {
	c.Lock()
	defer c.Unlock()
	return maps.Clone(c.performed)
}

// Begin makes Close wait for a call of End. It reports false after Close; there
// is then nothing to end.
func (c *Core) Begin() bool {
	c.ending.Lock()
	defer c.ending.Unlock()
	if !c.closed {
		c.running.Add(1)
	}
	return !c.closed
}

// End ends what Begin began.
func (c *Core) End() { c.running.Done() }

// Go runs work that outlives its request. Its context ends with the server. After
// Close it does nothing.
func (c *Core) Go(work func(context.Context)) {
	if c.Begin() {
		go func() {
			defer c.End()
			work(c.Network.Context())
		}()
	}
}

// Close ends the network and waits for everything that has begun.
func (c *Core) Close() {
	c.ending.Lock()
	c.closed = true
	c.ending.Unlock()
	c.Network.Close()
	c.running.Wait()
}

// Call is one request to an operation.
type Call struct {
	*Core
	W http.ResponseWriter
	R *http.Request
	// Raw is the body. Body is its JSON, once ReadBody has checked it.
	Raw  []byte
	Body map[string]any

	operation string
}

// Response is a response other than a 200 with a JSON body. A string is sent
// unchanged, and nil is an empty body.
type Response struct {
	Status int
	Header http.Header
	Body   any
}

// Failure is an error with a response of its own.
type Failure interface {
	error
	Response() Response
}

// Refusal is a Failure with a fixed response.
type Refusal Response

func (r *Refusal) Error() string { return http.StatusText(r.Status) }

// Response returns the response that reports the refusal.
func (r *Refusal) Response() Response { return Response(*r) }

// Handle adds an operation to the router of the API. serve gets the whole
// request. It writes the response, or returns an error before it has written
// anything.
func (c *Core) Handle(method, route string, serve func(*Call) error) {
	c.handle(c.Router, method, route, serve)
}

func (c *Core) handle(router *Router, method, route string, serve func(*Call) error) {
	router.Handle(method, route, func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		call := &Call{Core: c, W: w, R: r, Raw: raw, operation: method + " " + route}
		if err = serve(call); err != nil {
			WriteFailure(w, err)
		}
	})
}

// Unary carries out work with the core locked, counts it unless it fails, and
// sends its value as JSON or its Response. The value is encoded before the core is
// unlocked, so it may share memory with the state.
func (c *Call) Unary(work func() (any, error)) error {
	response, err := c.perform(work)
	if err == nil {
		response.write(c.W)
	}
	return err
}

func (c *Call) perform(work func() (any, error)) (response Response, err error) {
	c.Lock()
	defer c.Unlock()
	value, err := work()
	if err != nil {
		return response, err
	}
	c.performed[c.operation]++
	response, ok := value.(Response)
	if !ok {
		response = Response{Status: http.StatusOK, Body: value}
	}
	return response.encoded(), nil
}

// MarkPerformed counts the call's operation as carried out.
func (c *Call) MarkPerformed() {
	c.Lock()
	defer c.Unlock()
	c.performed[c.operation]++
}

// WriteFailure sends the response of an error. It breaks off the response to an
// error that is no Failure.
func WriteFailure(w http.ResponseWriter, err error) {
	failure, ok := errors.AsType[Failure](err)
	if !ok {
		panic(http.ErrAbortHandler)
	}
	failure.Response().encoded().write(w)
}

// encoded returns the response with a body that is text.
func (r Response) encoded() Response {
	if _, isText := r.Body.(string); r.Body == nil || isText {
		return r
	}
	r.Header = maps.Clone(r.Header)
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Set("Content-Type", "application/json")
	r.Body = string(JSONL(r.Body))
	return r
}

func (r Response) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), r.Header)
	w.WriteHeader(r.Status)
	if text, _ := r.Body.(string); text != "" {
		_, _ = io.WriteString(w, text)
	}
}

// Decode reads a body that passed its rules into a struct. It panics if the rules
// allow what the struct does not.
func (c *Call) Decode(into any) { NoError(json.Unmarshal(JSONL(c.Body), into)) }

// NoError panics at an error, which is a mistake in a server package.
func NoError(err error) {
	if err != nil {
		panic("fakeapi: " + err.Error())
	}
}

// Must returns value, and panics at an error like NoError.
func Must[T any](value T, err error) T {
	NoError(err)
	return value
}

// Token returns an offset as an opaque cursor.
func Token(prefix string, offset int) string {
	return base64.StdEncoding.EncodeToString([]byte(prefix + strconv.Itoa(offset)))
}

// Offset returns the offset of a token. It reports false for any other text.
func Offset(prefix, token string) (int, bool) {
	text, err := base64.StdEncoding.DecodeString(token)
	digits, found := strings.CutPrefix(string(text), prefix)
	n, numErr := strconv.Atoi(digits)
	return n, err == nil && found && numErr == nil && n >= 0
}

// Pause waits for d and reports whether ctx has not ended.
func Pause(ctx context.Context, d time.Duration) bool {
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	return ctx.Err() == nil
}

// Copies returns a copy of each item of a list that the core guards.
func Copies[T, C any](c *Core, all *[]T, copied func(T) C) []C {
	c.Lock()
	defer c.Unlock()
	copies := make([]C, len(*all))
	for i, item := range *all {
		copies[i] = copied(item)
	}
	return copies
}

// Find returns the last item that matches, or nil.
func Find[T any](all []*T, match func(*T) bool) *T {
	for _, item := range slices.Backward(all) {
		if match(item) {
			return item
		}
	}
	return nil
}

// First returns the first item that matches, or nil.
func First[T any](all []T, match func(*T) bool) *T {
	for i := range all {
		if match(&all[i]) {
			return &all[i]
		}
	}
	return nil
}

// Filter returns the items that match.
func Filter[T any](all []T, match func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(all), func(item T) bool { return !match(item) })
}
