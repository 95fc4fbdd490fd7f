package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/confab-go/confab/chatbot"
)

// redisStore lets the instances of the service share what they have received. A message
// is a key whose value is the claim that holds it, or done. Redis 7.0 or later is needed.
type redisStore struct {
	client *redis.Client
	log    *slog.Logger
}

const (
	redisPrefix = "web:delivery:"
	redisDone   = "done"
)

// release deletes a key in one step if it still has our claim.
var release = redis.NewScript(`if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end return 0`)

// Claim is one command: SET NX GET sets a key that does not exist, and returns the value
// of one that does.
func (s *redisStore) Claim(ctx context.Context, key, claim string, lease time.Duration) (chatbot.DedupeState, error) {
	held, err := s.client.SetArgs(ctx, redisPrefix+key, claim, redis.SetArgs{Mode: "NX", Get: true, TTL: lease}).Result()
	switch {
	case errors.Is(err, redis.Nil), err == nil && held == claim:
		return chatbot.DedupeClaimed, nil
	case err != nil:
		return 0, s.failed(ctx, "claim", err)
	case held == redisDone:
		return chatbot.DedupeDone, nil
	}
	return chatbot.DedupeInFlight, nil
}

func (s *redisStore) Done(ctx context.Context, key string, window time.Duration) error {
	return s.failed(ctx, "done", s.client.Set(ctx, redisPrefix+key, redisDone, window).Err())
}

func (s *redisStore) Release(ctx context.Context, key, claim string) error {
	return s.failed(ctx, "release", release.Run(ctx, s.client, []string{redisPrefix + key}, claim).Err())
}

// failed logs an error, because a receiver of deliveries drops some.
func (s *redisStore) failed(ctx context.Context, operation string, err error) error {
	if err != nil {
		s.log.ErrorContext(ctx, "the store of deliveries failed", "operation", operation, "error", err)
	}
	return err
}
