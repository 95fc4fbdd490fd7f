package webchat_test

import (
	"testing"

	"github.com/jarcoal/httpmock"
	"go.uber.org/goleak"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/clienttest"
	"github.com/confab-go/confab/webchat"
	"github.com/confab-go/confab/webchat/webchattest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	base    = "https://api.chatbot.com"
	key     = "secret-token-0123456789"
	session = "c6d4bc58-4947-4f82-9e0b-67b87c6dc2de"
)

// newMock returns a client over responders. Any other request fails the test.
func newMock(t *testing.T, opts ...confab.Option) (*webchat.Client, *httpmock.MockTransport) {
	t.Helper()
	return clienttest.Mock(t, webchat.New, append([]confab.Option{confab.WithAPIKey(key)}, opts...)...)
}

// stubClient returns a client that gets the same response to every request.
func stubClient(t *testing.T, status int, body string) (*webchat.Client, *httpmock.MockTransport) {
	t.Helper()
	client, mock := newMock(t)
	mock.RegisterNoResponder(respond(status, body))
	return client, mock
}

func respond(status int, body string) httpmock.Responder {
	return clienttest.Respond(status, "application/json", body)
}

func newServer(t *testing.T, opts ...webchattest.Option) (*webchattest.Server, *webchat.Client) {
	t.Helper()
	server := webchattest.NewServer(opts...)
	t.Cleanup(server.Close)
	return server, server.Client()
}
