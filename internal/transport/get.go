package transport

import "context"

func Get[W, T any](ctx context.Context, t *Client, r Request, value func(*W) *T) (*T, error) {
	w, err := Do[W](ctx, t, r)
	if err != nil {
		return nil, err
	}
	return value(w), nil
}
