/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The measurement protocol, version 1, as docs/measurement-protocol.md has it:
 * numbers and layouts that SVSM and driver share.
 */
#ifndef SVSM_MEASURE_PROTOCOL_H
#define SVSM_MEASURE_PROTOCOL_H

#include <linux/build_bug.h>
#include <linux/types.h>

#define MEASURE_PROTOCOL		0x80004D53U
#define MEASURE_VERSION			1

/* Calls (section 1). */
#define MEASURE_CALL_QUERY		0
#define MEASURE_CALL_GET_KEY		1
#define MEASURE_CALL_MEASURE		2
#define MEASURE_CALL_CANCEL		3

/* Results (section 1.3). */
#define MEASURE_SUCCESS			0
#define MEASURE_INCOMPLETE		0x80000000U
#define MEASURE_UNSUPPORTED_PROTOCOL	0x80000001U
#define MEASURE_UNSUPPORTED_CALL	0x80000002U
#define MEASURE_INVALID_ADDRESS		0x80000003U
#define MEASURE_INVALID_FORMAT		0x80000004U
#define MEASURE_INVALID_PARAMETER	0x80000005U
#define MEASURE_BUSY			0x80000007U
#define MEASURE_RANGE_COUNT		0x80001000U
#define MEASURE_RANGE_LENGTH		0x80001001U
#define MEASURE_RANGE_OVERLAP		0x80001002U
#define MEASURE_RANGE_NOT_GUEST		0x80001003U
#define MEASURE_RANGE_NOT_PRIVATE	0x80001004U
#define MEASURE_RESULT_SIZE		0x80001005U
#define MEASURE_ALGORITHM		0x80001006U
#define MEASURE_SESSION			0x80001007U
#define MEASURE_REPORT			0x80001008U
#define MEASURE_RESOURCES		0x80001009U

/* Size of every request. */
#define MEASURE_REQUEST_SIZE		64

/* Key request (section 1.1). */
struct measure_key_request {
	__le64 nonce_gpa;
	__le64 result_gpa;
	__le32 result_size;
	__le32 flags;
	u8 reserved[40];
} __packed __aligned(8);
static_assert(sizeof(struct measure_key_request) == MEASURE_REQUEST_SIZE);

/* Measure request (section 1.2). */
struct measure_request {
	__le64 session;
	__le64 ranges_gpa;
	__le32 range_count;
	__le16 algorithm;
	u8 reserved1[2];
	__le64 nonce_gpa;
	__le64 result_gpa;
	__le32 result_size;
	u8 reserved2[20];
} __packed __aligned(8);
static_assert(sizeof(struct measure_request) == MEASURE_REQUEST_SIZE);

struct measure_gpa_range {
	__le64 gpa;
	__le64 length;
};

static_assert(sizeof(struct measure_gpa_range) == 16);

/* Size of a record (section 2). */
#define MEASURE_RECORD_SIZE(ranges)	(0x100 + 16 * (size_t)(ranges) + 96)

#endif
