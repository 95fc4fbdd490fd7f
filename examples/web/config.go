package main

import (
	"cmp"
	"crypto/rand"
	"errors"
	"log/slog"
	"time"

	"golang.org/x/time/rate"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/webchat"
)

type config struct {
	address       string
	key           sealer
	secureCookie  bool
	addressHeader string
	redis         string
	webhookSecret string
	rate          rate.Limit // of one visitor's requests
	burst         int
}

func configFrom(env func(string) string) (config, error) {
	c := config{
		address:       cmp.Or(env("WEB_ADDRESS"), "127.0.0.1:8080"),
		key:           sealer(cmp.Or(env("WEB_KEY"), rand.Text())),
		secureCookie:  env("WEB_HTTPS") != "",
		addressHeader: env("WEB_ADDRESS_HEADER"),
		redis:         env("WEB_REDIS"),
		webhookSecret: env("WEBHOOK_SECRET"),
		rate:          rate.Every(2 * time.Second),
		burst:         10,
	}
	if len(c.key) < 16 {
		return config{}, errors.New("WEB_KEY must have at least 16 characters")
	}
	return c, nil
}

// maxSilence is how long a product may send nothing while a visitor waits.
const maxSilence = 90 * time.Second

// connect returns the products that have a key, or all of them on test servers if none
// has.
func connect(env func(string) string, log *slog.Logger) (products []product, descriptions []string, closeServers func(), err error) {
	opts := []confab.Option{confab.WithLogger(log), confab.WithStreamIdleTimeout(maxSilence)}
	add := func(p product, err error) error {
		products, descriptions = append(products, p), append(descriptions, p.About().Name)
		return err
	}
	if key := env("CHATBOTKIT_API_KEY"); key != "" {
		client, newErr := chatbotkit.New(append(opts, confab.WithAPIKey(key))...)
		err = errors.Join(err, add(chatBotKit{client, chatbotkit.BotConfig{BotID: env("CHATBOTKIT_BOT_ID")}}, newErr))
	}
	if key := env("MAIAGENT_API_KEY"); key != "" {
		client, newErr := chatbot.New(append(opts, confab.WithAPIKey(key))...)
		if env("MAIAGENT_CHATBOT_ID") == "" {
			newErr = errors.New("MAIAGENT_CHATBOT_ID is not set")
		}
		err = errors.Join(err, add(maiAgent{client: client, chatbotID: env("MAIAGENT_CHATBOT_ID")}, newErr))
	}
	if key := env("CHATBOTCOM_ACCESS_TOKEN"); key != "" {
		client, newErr := webchat.New(append(opts, confab.WithAPIKey(key))...)
		err = errors.Join(err, add(chatBotCom{client: client}, newErr))
	}
	if len(products) > 0 {
		return products, descriptions, func() {}, err
	}
	products, descriptions, closeServers = demonstration(opts)
	return products, descriptions, closeServers, nil
}
