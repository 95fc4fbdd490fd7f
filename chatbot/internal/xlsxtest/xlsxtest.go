// Package xlsxtest opens what Records.ExportExcel writes with a spreadsheet
// library. It is a module of its own, so that the library is nobody else's
// dependency.
package xlsxtest
