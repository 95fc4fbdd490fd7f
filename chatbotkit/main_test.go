package chatbotkit_test

import (
	"flag"
	"testing"

	"github.com/jarcoal/httpmock"
	"go.uber.org/goleak"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/internal/clienttest"
)

var longMode = flag.Bool("long", false, "cut the run of TestFollowIsResumed behind every event")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	base  = "https://api.chatbotkit.com/v1"
	key   = "sk-secret-0123456789"
	chan1 = "channel-0123456789abcdef"
)

// newMock returns a client over responders. Any other request fails the test.
func newMock(t *testing.T, opts ...confab.Option) (*chatbotkit.Client, *httpmock.MockTransport) {
	t.Helper()
	return clienttest.Mock(t, chatbotkit.New, append([]confab.Option{confab.WithAPIKey(key)}, opts...)...)
}
