package chatbot_test

import (
	"testing"

	"github.com/jarcoal/httpmock"
	"go.uber.org/goleak"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/internal/clienttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	base = "https://api.maiagent.ai/api"
	key  = "secret-0123456789"
)

// newMock returns a client over responders. Any other request fails the test.
func newMock(t *testing.T, opts ...confab.Option) (*chatbot.Client, *httpmock.MockTransport) {
	t.Helper()
	return clienttest.Mock(t, chatbot.New, append([]confab.Option{confab.WithAPIKey(key)}, opts...)...)
}
