package chatbotkit

import (
	"testing"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/wire"
)

// Protects the short way through a token event: it reads the server's own form, and
// what it reads is what encoding/json reads, for every line.
func FuzzPlainToken(f *testing.F) {
	for _, line := range []string{
		`{"type":"token","data":{"type":"bot","token":"It is"},"createdAt":1782137849100}`,
		`{"type":"token","data":{"token":"é"}}`,
	} {
		if _, ok := plainToken([]byte(line)); !ok {
			f.Fatalf("%s goes the long way", line)
		}
		f.Add([]byte(line))
	}
	for _, line := range []string{
		`{"type":"token","data":{"type":"bot","token":"a\nb"},"createdAt":1}`, `{"type":"token","data":{"token":"a"},"createdAt":0}`,
		`{"type":"token","data":{"token":"a"},"createdAt":99999999999999}`, `{"type":"token","data":{"token":"a"},"createdAt":999999999999999}`,
		`{"type":"token","data":{"token":"a"},"createdAt":01}`, `{"type":"token","data":{"token":"a"},"createdAt":}`, `{"type":"token","data":{"token":"a"},"createdAt":1}}`,
		`{"type":"token","data":{"token":"a"},"createdAt":1`, `{"type":"token","data":{"token":"a","token":"b"}}`, "{\"type\":\"token\",\"data\":{\"token\":\"\xff\"}}", `{"type":"token","data":{"type":"bot","token":`,
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		got, ok := plainToken(line)
		if !ok {
			return
		}
		var want struct {
			CreatedAt confab.Time `json:"createdAt"`
			Data      TokenEvent  `json:"data"`
		}
		odd, err := wire.Decode(line, &want)
		want.Data.stamp(want.CreatedAt)
		if err != nil || len(odd) > 0 || got != want.Data {
			t.Errorf("got %+v, want %+v, %v, %q", got, want.Data, err, odd)
		}
	})
}

// Protects the sum of the digits: it is a time in UTC, to the millisecond.
func TestPlainTokenTime(t *testing.T) {
	t.Parallel()
	got, ok := plainToken([]byte(`{"type":"token","data":{"token":"a"},"createdAt":1782137849123}`))
	if want := time.Date(2026, 6, 22, 14, 17, 29, 123_000_000, time.UTC); !ok || !got.Time().Equal(want) || got.Time().Location() != time.UTC {
		t.Errorf("got %v, want %v", got.Time(), want)
	}
}
