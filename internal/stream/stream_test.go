package stream_test

import (
	"errors"
	"io"
	"iter"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/confab-go/confab/internal/stream"
)

// No reader of streams starts a goroutine that outlives it.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errCustom = errors.New("the reader's own error")

// source returns its parts, one per Read or less if there is no room, and then
// its end. It counts the reads.
type source struct {
	parts    []string
	end      error // io.EOF if nil
	withLast bool  // the end comes together with the last bytes
	reads    int
}

func (s *source) Read(p []byte) (int, error) {
	s.reads++
	end := s.end
	if end == nil {
		end = io.EOF
	}
	if len(s.parts) == 0 {
		return 0, end
	}
	n := copy(p, s.parts[0])
	if s.parts[0] = s.parts[0][n:]; s.parts[0] == "" {
		s.parts = s.parts[1:]
	}
	if s.withLast && len(s.parts) == 0 {
		return n, end
	}
	return n, nil
}

// split cuts text into parts of size bytes, or leaves it whole if size is 0.
func split(text string, size int) []string {
	var parts []string
	for size > 0 && len(text) > size {
		parts, text = append(parts, text[:size]), text[size:]
	}
	if text != "" {
		parts = append(parts, text)
	}
	return parts
}

// chunkings are the sizes of reads that every text is tried with.
var chunkings = []int{0, 1, 2, 3, 7, 256}

// gather ranges over all of seq, and fails for anything after an error.
func gather[T, E any](t *testing.T, seq iter.Seq2[T, error], keep func(T) E) (all []E, err error) {
	t.Helper()
	for v, e := range seq {
		if err != nil {
			t.Fatalf("%v, %v after the error %v", v, e, err)
		}
		if err = e; err == nil {
			all = append(all, keep(v))
		}
	}
	return all, err
}

func jsonl(t *testing.T, src io.Reader, max int) ([]string, error) {
	t.Helper()
	return gather(t, stream.JSONL(src, max), func(b []byte) string { return string(b) })
}

func sse(t *testing.T, src io.Reader, opts stream.SSEOptions) ([]stream.Event, error) {
	t.Helper()
	return gather(t, stream.SSE(src, opts), func(e stream.Event) stream.Event { return e })
}

// is compares errors as the callers do; a nil want stands for no error.
func is(err, want error) bool {
	if want == nil {
		return err == nil
	}
	return errors.Is(err, want)
}

// data is an event without a type.
func data(text string) stream.Event { return stream.Event{Data: text} }

// quoted is a JSON string of n bytes in all.
func quoted(n int) string { return `"` + strings.Repeat("x", n-2) + `"` }
