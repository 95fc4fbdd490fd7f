package transport

import "net/http"

// SharedTransport returns a copy of the transport of all clients that are made
// without WithHTTPClient.
func SharedTransport() *http.Transport { return sharedTransport().(*http.Transport).Clone() }
