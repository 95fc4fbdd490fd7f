package transport

import (
	"net/http"

	"github.com/confab-go/confab"
)

// New returns a client of api.
func New(api *API, opts []confab.Option) (*Client, error) {
	c := new(Client)
	return c, c.Init(api, opts)
}

// With returns a copy of c with more options.
func (c *Client) With(opts []confab.Option) *Client {
	d := new(Client)
	d.InitFrom(c, opts)
	return d
}

// SharedTransport returns a copy of the transport of all clients that are made
// without WithHTTPClient.
func SharedTransport() *http.Transport { return sharedTransport().(*http.Transport).Clone() }
