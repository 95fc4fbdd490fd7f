// Package wire reads what servers send: [Decode] decodes a response leniently,
// [Bounded] bounds the memory that this takes, and [All] walks the pages of a list.
package wire
