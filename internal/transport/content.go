package transport

import (
	"context"
	"io"
	"net/http"
	"sync/atomic"
)

// content is the body of a request: JSON, which can be sent again, or the stream
// of an upload, which cannot.
type content struct {
	json      []byte
	upload    *upload
	mediaType []string
	header    http.Header // of a presigned upload, in place of all other headers
}

// replayable reports whether the body can be sent again.
func (b *content) replayable() bool { return b.upload == nil || !b.upload.started.Load() }

// complete reports whether all of the body may have left.
func (b *content) complete() bool { return b.upload == nil || b.upload.ended.Load() }

// upload is the body of an upload. It is read once.
type upload struct {
	source  io.Reader
	size    int64                 // -1 if it is not known
	started atomic.Bool           // source is being read
	ended   atomic.Bool           // source was read to its end
	failed  atomic.Pointer[error] // the error of source
}

// open returns the body for one round trip, and its length or -1.
func (u *upload) open(timed *timedBody) (io.ReadCloser, int64, error) {
	body := &uploadReader{upload: u, timed: timed}
	body.pipe, body.source = io.Pipe()
	body.release = context.AfterFunc(timed.ctx, func() { _ = body.pipe.CloseWithError(context.Cause(timed.ctx)) })
	if u.size == 0 { // net/http treats a body of length 0 as one of unknown length
		_, err := io.Copy(io.Discard, body)
		return http.NoBody, 0, err
	}
	return body, u.size, nil
}

// explain returns the source's error in place of net/http's, if the source failed.
func (b *content) explain(err error) error {
	if b.upload != nil {
		if failed := b.upload.failed.Load(); failed != nil {
			return *failed
		}
	}
	return err
}

// uploadReader is the body of an upload as net/http reads it. A goroutine reads
// the source into a buffer of its own. The round trip can then return while a Read
// of the source blocks: net/http waits for the Read of a body to return.
type uploadReader struct {
	upload  *upload
	timed   *timedBody
	pipe    *io.PipeReader
	release func() bool
	source  *io.PipeWriter // nil after the first Read
	read    int64
}

// Read restarts the clock for each piece.
func (r *uploadReader) Read(p []byte) (int, error) {
	if w := r.source; w != nil {
		r.source = nil
		r.upload.started.Store(true)
		go func() {
			_, err := io.Copy(w, struct{ io.Reader }{r.upload.source}) // hides WriterTo, whose pieces may have any size
			_ = w.CloseWithError(err)
		}()
	}
	n, err := r.pipe.Read(p)
	r.read += int64(n)
	if n > 0 {
		r.timed.sent()
	}
	switch {
	case err == io.EOF || r.read == r.upload.size:
		r.upload.ended.Store(true)
	case err != nil && err != io.ErrClosedPipe:
		r.upload.failed.Store(&err)
	}
	return n, err
}

// Close ends the reading. It does not close the source. HTTP/2 calls it while it
// calls Read.
func (r *uploadReader) Close() error {
	r.release()
	return r.pipe.CloseWithError(http.ErrBodyReadAfterClose)
}
