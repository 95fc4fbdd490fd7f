package chatbotkit

import (
	"hash/maphash"
	"slices"
)

// history holds the hashes of the latest events of a run that have been yielded.
type history struct {
	hashes []uint64
	cut    bool // earlier ones are gone
}

var historySeed = maphash.MakeSeed()

func (h *history) add(event []byte) {
	h.hashes = append(h.hashes, maphash.Bytes(historySeed, event))
	if len(h.hashes) > 2*followHistory {
		h.hashes, h.cut = slices.Clone(h.hashes[len(h.hashes)-followHistory:]), true
	}
}

// replay returns the state of a new subscription.
func (h *history) replay() *replay {
	r := &replay{seen: slices.Clip(h.hashes), whole: !h.cut, aligned: len(h.hashes) == 0}
	for at := range r.seen {
		r.places = append(r.places, at)
	}
	return r
}

// surelyRepeated is the number of repeated events in a row that are not similar ones by
// chance.
const surelyRepeated = 16

// replay finds where the events of a subscription go on behind those that were seen.
// The server repeats the latest events in their order, but nothing says how many. So
// each event of seen is a guess where the repetition has begun, until the events that
// follow differ.
type replay struct {
	seen    []uint64
	whole   bool    // seen begins with the first event of the run
	places  []int   // for each guess that is left, the place in seen of the next event
	count   int     // of the events so far
	ended   bool    // a guess has reached the end of seen; those that are left go back further
	held    []frame // events that are new unless a guess that is left is right
	aligned bool    // all further events are new
	one     [1]frame

	// missing means that the server has repeated an event that seen lacks: it was
	// published while a subscription was set up. next is the place of the next one that
	// seen has.
	missing bool
	next    int
}

// pass takes an event and returns the events that are now known to be new. They are
// valid until the next call.
func (r *replay) pass(f frame) []frame {
	r.one[0] = f
	if r.aligned {
		return r.one[:]
	}
	hash := maphash.Bytes(historySeed, f.line)
	if r.missing {
		return r.passMissing(f, hash)
	}
	failed := r.places
	switch ended := r.narrow(hash); {
	case ended:
		r.ended, r.held, r.aligned = true, nil, len(r.places) == 0
		return nil
	case len(r.places) > 0:
		if r.ended || r.count < surelyRepeated {
			r.held = append(r.held, f)
		}
		return nil
	case !r.ended && r.isRepetition(failed):
		r.missing, r.next = true, failed[0]
		return r.passMissing(f, hash)
	}
	r.aligned = true
	return append(r.held, f)
}

// narrow drops the guesses that an event contradicts. It reports whether one that it
// confirms has come to the end of seen.
func (r *replay) narrow(hash uint64) (ended bool) {
	var left []int
	for _, at := range r.places {
		switch {
		case r.seen[at] != hash:
		case at+1 == len(r.seen):
			ended = true
		default:
			left = append(left, at+1)
		}
	}
	r.places = left
	if ended || len(left) > 0 {
		r.count++
	}
	return ended
}

// isRepetition reports whether one of the guesses that have just failed was right up to
// now.
func (r *replay) isRepetition(failed []int) bool {
	return r.count >= surelyRepeated || r.count > 0 && r.whole && failed[0] == r.count
}

// passMissing drops events that seen lacks, because they come too late, until all that
// it has were repeated.
func (r *replay) passMissing(f frame, hash uint64) []frame {
	switch {
	case f.kind == kindResult: // it is never repeated
		r.aligned = true
		return r.one[:]
	case r.seen[r.next] == hash:
		r.next++
		r.aligned = r.next == len(r.seen)
	}
	return nil
}
