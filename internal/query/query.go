// Package query encodes the params of lists into query strings.
package query

import (
	"fmt"
	"net/url"

	"github.com/google/go-querystring/query"

	"github.com/confab-go/confab"
)

// Values encodes a struct with url tags, or takes a url.Values as it is.
//
// go-querystring encodes maps, interfaces and slices of structs wrongly and
// floats in a form that few servers read, all without an error; [Check] finds
// them.
func Values(params any) (url.Values, error) {
	if values, ok := params.(url.Values); ok {
		return values, nil
	}
	values, err := query.Values(params)
	if err != nil {
		return nil, fmt.Errorf("%w: query: %w", confab.ErrInvalid, err)
	}
	return values, nil
}
