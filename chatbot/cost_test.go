package chatbot_test

import (
	"strings"
	"testing"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/clienttest"
)

// Protects the cost of a chunk in allocations, framing and decoding together. It sets
// the environment, so that it does not run in parallel.
func TestChunkCost(t *testing.T) {
	t.Setenv("MAIAGENT_API_KEY", "")
	const line = `data: {"conversationId":"3fa85f64-5717-4562-b3fc-2c963f66afa6","content":"part ","done":false}` + "\n\n"
	allocations := func(chunks int) float64 {
		client, mock := newMock(t, confab.WithMaxRetries(0))
		body := strings.Repeat(line, chunks) + "data: [DONE]\n\n"
		mock.RegisterResponder("POST", base+"/chatbots/b/completions/", clienttest.Respond(200, "text/event-stream", body))
		return testing.AllocsPerRun(5, func() {
			for _, err := range client.Completions.Stream(t.Context(), "b", say("Hi")) {
				if err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	const n = 1000
	cost := (allocations(2*n) - allocations(n)) / n
	t.Logf("%.2f allocations a chunk", cost)
	if cost > 10 && !raceEnabled {
		t.Errorf("%.2f allocations a chunk, want 10 at most", cost)
	}
}
