package chatbotkit

import "github.com/confab-go/confab"

type Client struct{}

func New(opts ...confab.Option) (*Client, error) { return &Client{}, nil }

func (c *Client) With(opts ...confab.Option) *Client { return c }
