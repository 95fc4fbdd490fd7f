package program

import (
	"bufio"
	"context"
	"io"
)

// Line is a line of input. One that nobody typed is not on the screen yet.
type Line struct {
	Text  string
	Typed bool
}

// Lines returns the lines of r, or those of a short dialogue if r is empty. The channel
// is closed after the last one. A line that nobody takes is dropped when ctx ends.
func Lines(ctx context.Context, r io.Reader, dialogue ...string) <-chan Line {
	lines := make(chan Line)
	send := func(l Line) {
		select {
		case lines <- l:
		case <-ctx.Done():
		}
	}
	go func() {
		defer close(lines)
		typed := false
		for scanner := bufio.NewScanner(r); scanner.Scan(); typed = true {
			send(Line{scanner.Text(), true})
		}
		if typed {
			return
		}
		for _, text := range dialogue {
			send(Line{text, false})
		}
	}()
	return lines
}
