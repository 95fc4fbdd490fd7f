package main

import "testing"

// Protects that what is compared is the same work: each client gets a reply and
// all events of a stream.
func TestContenders(t *testing.T) {
	t.Parallel()
	const events = 10
	for _, group := range contenders() {
		for _, c := range group {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				server := c.wire.serve(events)
				defer server.Close()
				one, many := c.connect(server.URL, server.Client()).works(events)
				if one != nil {
					if err := one(1); err != nil {
						t.Error(err)
					}
				}
				if err := many(events); err != nil {
					t.Error(err)
				}
			})
		}
	}
}
