// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of what needs no SVSM. Requests are compared with those that an
 * independent implementation made (src/vectors).
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/string.h>

#include "../vectors/vectors.h"

#include "ranges.h"
#include "repeat.h"
#include "request.h"

/* Most ranges of a request that the vectors are made for. */
#define MOST	1024

/* Where things are in the vectors' memory. */
static struct measure_where where(u32 result_size)
{
	return (struct measure_where) {
		.nonce = 0x20040,
		.ranges = 0x10000,
		.result = 0x30000,
		.result_size = result_size,
	};
}

/* Requests. */

static void key_requests(struct kunit *test)
{
	struct measure_key_request made;
	struct measure_where at;

	memset(&made, 0xff, sizeof(made));
	at = where(0x1000);
	measure_build_key_request(&made, &at, 0);
	KUNIT_EXPECT_MEMEQ(test, &made, vector_key_evidence_request, sizeof(made));

	at = where(0x2000);
	measure_build_key_request(&made, &at, SVSM_MEASURE_KEY_CERTS);
	KUNIT_EXPECT_MEMEQ(test, &made, vector_key_evidence_with_certificates_request,
			   sizeof(made));
}

struct request_case {
	const char *name;
	const unsigned char *request;
	const unsigned char *ranges;
	u32 count;
	u16 algorithm;
};

#define CASE(vector, hash) { \
	.name = #vector, \
	.request = vector_##vector##_request, \
	.ranges = vector_##vector##_ranges, \
	.count = sizeof(vector_##vector##_ranges) / sizeof(struct measure_gpa_range), \
	.algorithm = hash, \
}

static const struct request_case request_cases[] = {
	CASE(one_range_sha384, SVSM_MEASURE_SHA384),
	CASE(one_range_sha512, SVSM_MEASURE_SHA512),
	CASE(several_ranges_out_of_order, SVSM_MEASURE_SHA384),
	CASE(unaligned_ranges, SVSM_MEASURE_SHA512),
	CASE(one_byte, SVSM_MEASURE_SHA384),
	CASE(ranges_that_touch, SVSM_MEASURE_SHA384),
	CASE(several_calls, SVSM_MEASURE_SHA384),
	CASE(firmware_kernel, SVSM_MEASURE_SHA384),
	CASE(firmware_initrd, SVSM_MEASURE_SHA384),
	CASE(firmware_cmdline, SVSM_MEASURE_SHA384),
};

static void describe_request(const struct request_case *param, char *text)
{
	strscpy(text, param->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(request, request_cases, describe_request);

static struct measure_ranges *some_ranges(struct kunit *test, u32 max)
{
	struct measure_ranges *ranges = kunit_kzalloc(test, sizeof(*ranges), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ranges);
	KUNIT_ASSERT_EQ(test, measure_ranges_init(ranges, max), 0);
	return ranges;
}

static void measure_requests(struct kunit *test)
{
	const struct request_case *param = test->param_value;
	struct measure_ranges *ranges = some_ranges(test, MOST);
	struct measure_where at = where(MEASURE_RECORD_SIZE(param->count));
	const struct measure_gpa_range *wanted = (const void *)param->ranges;
	struct measure_request made;

	for (u32 i = 0; i < param->count; i++)
		KUNIT_EXPECT_EQ(test, 0, measure_ranges_add(ranges, i,
							    le64_to_cpu(wanted[i].gpa),
							    le64_to_cpu(wanted[i].length)));
	memset(&made, 0xff, sizeof(made));
	measure_build_request(&made, &at, ranges->count, param->algorithm);
	KUNIT_EXPECT_MEMEQ(test, &made, param->request, sizeof(made));
	KUNIT_EXPECT_MEMEQ(test, ranges->range, param->ranges,
			   param->count * sizeof(*wanted));
	measure_ranges_destroy(ranges);
}

static void all_of_an_address_is_told(struct kunit *test)
{
	static const u8 wanted[MEASURE_REQUEST_SIZE] = {
		[0x08] = 0x08, 0x17, 0x26, 0x35, 0x44, 0x53, 0x02,
		[0x10] = 0xff, 0xff, 0xff, 0xff, 0x02, 0x01,
		[0x18] = 0x48, 0x57, 0x66, 0x75, 0x84, 0x93, 0x01,
		[0x20] = 0x00, 0x90, 0xa6, 0xb5, 0xc4, 0xd3, 0x03,
		[0x28] = 0xfe, 0xff, 0xff, 0xff,
	};
	static const struct measure_where far = {
		.nonce = 0x01938475665748,
		.ranges = 0x02534435261708,
		.result = 0x03d3c4b5a69000,
		.result_size = 0xfffffffe,
	};
	struct measure_request made;

	measure_build_request(&made, &far, ~0U, 0x0102);
	KUNIT_EXPECT_MEMEQ(test, &made, wanted, sizeof(made));
}

static void most_ranges(struct kunit *test)
{
	struct measure_ranges *ranges = some_ranges(test, MOST);
	struct measure_where at = where(MEASURE_RECORD_SIZE(MOST));
	struct measure_request made;

	/* By the formula in the head of vectors.h. */
	for (u32 i = 0; i < MOST; i++)
		KUNIT_EXPECT_EQ(test, 0,
				measure_ranges_append(ranges, 0,
						      0x40000000 + i * 8192 + (i * 7) % 512,
						      1 + (i * 29) % 300));
	measure_build_request(&made, &at, ranges->count, SVSM_MEASURE_SHA384);
	KUNIT_EXPECT_MEMEQ(test, &made, vector_most_ranges_request, sizeof(made));
	KUNIT_EXPECT_EQ(test, ranges->bytes, 154228);

	KUNIT_EXPECT_EQ(test, -E2BIG, measure_ranges_append(ranges, 0, 0x1000, 1));
	KUNIT_EXPECT_EQ(test, -E2BIG, measure_ranges_add(ranges, 1, 0x1000, 1));
	KUNIT_EXPECT_EQ(test, ranges->bytes, 154228);
	KUNIT_EXPECT_EQ(test, ranges->count, MOST);
	measure_ranges_destroy(ranges);
}

/* Ranges. */

struct range_case {
	const char *name;
	struct svsm_measure_range range;
	int expected;
};

static const struct range_case range_cases[] = {
	{ "a byte", { SVSM_MEASURE_PHYS, 0, 0, 1 }, 0 },
	{ "the last byte", { SVSM_MEASURE_KERNEL, 0, ~0ULL, 1 }, 0 },
	{ "everything but a byte", { SVSM_MEASURE_PHYS, 0, 0, ~0ULL }, 0 },
	{ "a process", { SVSM_MEASURE_PROCESS, 1, 4096, 4096 }, 0 },
	{ "empty", { SVSM_MEASURE_PHYS, 0, 4096, 0 }, -EINVAL },
	{ "wraps", { SVSM_MEASURE_PHYS, 0, ~0ULL, 2 }, -EINVAL },
	{ "wraps far", { SVSM_MEASURE_KERNEL, 0, 1ULL << 63, ~0ULL }, -EINVAL },
	{ "no process", { SVSM_MEASURE_PROCESS, 0, 4096, 4096 }, -EINVAL },
	{ "a negative process", { SVSM_MEASURE_PROCESS, ~0U, 4096, 1 }, -EINVAL },
	{ "memory and process", { SVSM_MEASURE_PHYS, 1, 4096, 4096 }, -EINVAL },
	{ "kernel and process", { SVSM_MEASURE_KERNEL, 1, 4096, 4096 }, -EINVAL },
	{ "no kind", { 0, 0, 4096, 4096 }, -EINVAL },
	{ "unknown kind", { 4, 0, 4096, 4096 }, -EINVAL },
};

static void describe_range(const struct range_case *param, char *text)
{
	strscpy(text, param->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(range, range_cases, describe_range);

static void checked_ranges(struct kunit *test)
{
	const struct range_case *param = test->param_value;

	KUNIT_EXPECT_EQ(test, measure_check_range(&param->range), param->expected);
}

static void expect_range(struct kunit *test, const struct measure_ranges *ranges,
			 u32 index, u64 gpa, u64 length, u32 owner)
{
	KUNIT_EXPECT_EQ(test, le64_to_cpu(ranges->range[index].gpa), gpa);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(ranges->range[index].length), length);
	KUNIT_EXPECT_EQ(test, measure_ranges_owner(ranges, index), owner);
}

static void pages_that_follow_each_other_are_joined(struct kunit *test)
{
	struct measure_ranges *ranges = some_ranges(test, 8);

	/* From the middle of a page to the middle of another. */
	KUNIT_EXPECT_EQ(test, 0, measure_ranges_append(ranges, 0, 0x5800, 0x800));
	KUNIT_EXPECT_EQ(test, 0, measure_ranges_append(ranges, 0, 0x6000, 0x1000));
	KUNIT_EXPECT_EQ(test, 0, measure_ranges_append(ranges, 0, 0x7000, 0x10));
	KUNIT_EXPECT_EQ(test, ranges->count, 1);
	expect_range(test, ranges, 0, 0x5800, 0x1810, 0);
	KUNIT_EXPECT_EQ(test, ranges->bytes, 0x1810);
	measure_ranges_destroy(ranges);
}

static void pages_elsewhere_are_not_joined(struct kunit *test)
{
	struct measure_ranges *ranges = some_ranges(test, 8);

	KUNIT_EXPECT_EQ(test, 0, measure_ranges_append(ranges, 0, 0x6000, 0x1000));
	/* Backwards, a gap, and the same page once more. */
	KUNIT_EXPECT_EQ(test, 0, measure_ranges_append(ranges, 0, 0x5000, 0x1000));
	KUNIT_EXPECT_EQ(test, 0, measure_ranges_append(ranges, 0, 0x6001, 0x1000));
	KUNIT_EXPECT_EQ(test, 0, measure_ranges_append(ranges, 0, 0x6001, 0x1000));
	KUNIT_EXPECT_EQ(test, ranges->count, 4);
	expect_range(test, ranges, 1, 0x5000, 0x1000, 0);
	expect_range(test, ranges, 3, 0x6001, 0x1000, 0);
	measure_ranges_destroy(ranges);
}

static void ranges_of_the_caller_are_not_joined(struct kunit *test)
{
	struct measure_ranges *ranges = some_ranges(test, 8);

	KUNIT_EXPECT_EQ(test, 0, measure_ranges_append(ranges, 0, 0x5000, 0x1000));
	KUNIT_EXPECT_EQ(test, 0, measure_ranges_append(ranges, 1, 0x6000, 0x1000));
	KUNIT_EXPECT_EQ(test, 0, measure_ranges_add(ranges, 2, 0x7000, 0x1000));
	KUNIT_EXPECT_EQ(test, ranges->count, 3);
	expect_range(test, ranges, 0, 0x5000, 0x1000, 0);
	expect_range(test, ranges, 1, 0x6000, 0x1000, 1);
	expect_range(test, ranges, 2, 0x7000, 0x1000, 2);
	KUNIT_EXPECT_EQ(test, measure_ranges_owner(ranges, 3), SVSM_MEASURE_NO_RANGE);
	KUNIT_EXPECT_EQ(test, measure_ranges_owner(ranges, ~0ULL), SVSM_MEASURE_NO_RANGE);
	measure_ranges_destroy(ranges);
}

static void a_full_array_still_takes_what_can_be_joined(struct kunit *test)
{
	struct measure_ranges *ranges = some_ranges(test, 2);

	KUNIT_EXPECT_EQ(test, 0, measure_ranges_append(ranges, 0, 0x9000, 0x1000));
	KUNIT_EXPECT_EQ(test, 0, measure_ranges_append(ranges, 0, 0x5000, 0x1000));
	KUNIT_EXPECT_EQ(test, 0, measure_ranges_append(ranges, 0, 0x6000, 0x1000));
	KUNIT_EXPECT_EQ(test, -E2BIG, measure_ranges_append(ranges, 0, 0x8000, 0x1000));
	/* What fits is known to the byte. */
	KUNIT_EXPECT_EQ(test, ranges->bytes, 0x3000);
	measure_ranges_destroy(ranges);
}

static void sums_do_not_wrap(struct kunit *test)
{
	struct measure_ranges *ranges = some_ranges(test, 4);

	KUNIT_EXPECT_EQ(test, 0, measure_ranges_add(ranges, 0, 0, ~0ULL - 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, measure_ranges_add(ranges, 1, 0x1000, 2));
	KUNIT_EXPECT_EQ(test, -EINVAL, measure_ranges_append(ranges, 0, ~0ULL - 1, 2));
	KUNIT_EXPECT_EQ(test, ranges->count, 1);
	KUNIT_EXPECT_EQ(test, ranges->bytes, ~0ULL - 1);
	measure_ranges_destroy(ranges);
}

/* Results. */

struct result_case {
	u64 code;
	int expected;
	bool is_result;
	bool blames;
	bool has_detail;
};

static const struct result_case result_cases[] = {
	{ 0x00000000, 0, true },
	{ 0x80000000, -EAGAIN, true },
	{ 0x80000001, -EOPNOTSUPP, true },
	{ 0x80000002, -EOPNOTSUPP, true },
	{ 0x80000003, -EPROTO, true },
	{ 0x80000004, -EPROTO, true },
	{ 0x80000005, -EPROTO, true },
	{ 0x80000006, -EIO, true },
	{ 0x80000007, -EBUSY, true },
	{ 0x80001000, -E2BIG, true },
	{ 0x80001001, -EINVAL, true, true, true },
	{ 0x80001002, -EINVAL, true, true, true },
	{ 0x80001003, -ENXIO, true, true, true },
	{ 0x80001004, -EACCES, true, true, true },
	{ 0x80001005, -ENOSPC, true, false, true },
	{ 0x80001006, -EINVAL, true },
	{ 0x80001007, -EAGAIN, true },
	{ 0x80001008, -EREMOTEIO, true },
	{ 0x80001009, -ENOMEM, true },
	{ 0x8000100a, -EIO, true },
	/* What went in, and what the kernel leaves without a call. */
	{ 0x80004d5300000002, -EIO, false },
	{ 0xffffffffffffffff, -EIO, false },
	{ 0x0000000000000001, -EIO, false },
};

static void describe_result(const struct result_case *param, char *text)
{
	snprintf(text, KUNIT_PARAM_DESC_SIZE, "0x%llx", param->code);
}

KUNIT_ARRAY_PARAM(result, result_cases, describe_result);

static void results(struct kunit *test)
{
	const struct result_case *param = test->param_value;

	KUNIT_EXPECT_EQ(test, measure_errno(param->code), param->expected);
	KUNIT_EXPECT_EQ(test, measure_is_result(param->code), param->is_result);
	KUNIT_EXPECT_EQ(test, measure_blames_range(param->code), param->blames);
	KUNIT_EXPECT_EQ(test, measure_detail(param->code, 77), param->has_detail ? 77 : 0);
}

/*
 * An SVSM that is played: it gives one answer after the other, and the last one for
 * ever. A call that starts a measurement gets a session.
 */
#define UNANSWERED	(~0ULL)
#define SESSION		0x1122334455667788ULL

static struct {
	const u64 *answers;
	u32 count;
	u32 calls;
	u32 cancels;
	u64 cancelled;
	u32 patience;
} played;

static int played_call(u32 call, void *request, struct measure_reply *reply)
{
	struct measure_request *measure = request;
	u64 answer = played.answers[min(played.calls, played.count - 1)];

	memset(reply, 0, sizeof(*reply));
	if (call == MEASURE_CALL_CANCEL) {
		played.cancels++;
		played.cancelled = le64_to_cpu(measure->session);
		reply->rax = MEASURE_SUCCESS;
		return 0;
	}
	played.calls++;
	if (answer == UNANSWERED)
		return -EIO;
	if (answer == MEASURE_INCOMPLETE)
		measure->session = cpu_to_le64(SESSION);
	reply->rax = answer;
	reply->rdx = played.calls;
	return 0;
}

static bool played_stop(void)
{
	return played.patience && played.calls >= played.patience;
}

static int play(struct measure_run *run, u32 call, const u64 *answers, u32 count,
		u32 patience)
{
	struct measure_request request = {};

	memset(&played, 0, sizeof(played));
	played.answers = answers;
	played.count = count;
	played.patience = patience;
	run->call = played_call;
	run->stop = played_stop;
	return measure_repeat(run, call, &request);
}

#define PLAY(run, call, patience, ...) ({ \
	static const u64 answers[] = { __VA_ARGS__ }; \
	play(run, call, answers, ARRAY_SIZE(answers), patience); \
})

static void a_call_is_repeated_until_it_is_done(struct kunit *test)
{
	struct measure_run run = {};

	KUNIT_EXPECT_EQ(test, 0, PLAY(&run, MEASURE_CALL_MEASURE, 0, MEASURE_INCOMPLETE,
				      MEASURE_INCOMPLETE, MEASURE_BUSY,
				      MEASURE_INCOMPLETE, MEASURE_SUCCESS));
	KUNIT_EXPECT_EQ(test, run.calls, 5);
	KUNIT_EXPECT_TRUE(test, run.answered);
	KUNIT_EXPECT_EQ(test, run.reply.rax, MEASURE_SUCCESS);
	KUNIT_EXPECT_EQ(test, run.reply.rdx, 5);
	KUNIT_EXPECT_EQ(test, played.cancels, 0);
}

static void a_refusal_is_final(struct kunit *test)
{
	struct measure_run run = {};

	KUNIT_EXPECT_EQ(test, 0, PLAY(&run, MEASURE_CALL_MEASURE, 0, MEASURE_INCOMPLETE,
				      MEASURE_RANGE_NOT_PRIVATE, MEASURE_SUCCESS));
	KUNIT_EXPECT_EQ(test, run.calls, 2);
	KUNIT_EXPECT_EQ(test, run.reply.rax, MEASURE_RANGE_NOT_PRIVATE);
	/* The session ended with it. */
	KUNIT_EXPECT_EQ(test, played.cancels, 0);
}

static void a_signal_cancels(struct kunit *test)
{
	struct measure_run run = {};

	KUNIT_EXPECT_EQ(test, -EINTR, PLAY(&run, MEASURE_CALL_MEASURE, 3,
					   MEASURE_INCOMPLETE));
	KUNIT_EXPECT_EQ(test, run.calls, 3);
	KUNIT_EXPECT_EQ(test, run.reply.rax, MEASURE_INCOMPLETE);
	KUNIT_EXPECT_EQ(test, played.cancels, 1);
	KUNIT_EXPECT_EQ(test, played.cancelled, SESSION);
}

static void a_signal_before_the_first_call_makes_none(struct kunit *test)
{
	static const u64 answers[] = { MEASURE_SUCCESS };
	struct measure_request request = {};
	struct measure_run run = { .call = played_call, .stop = played_stop };

	memset(&played, 0, sizeof(played));
	played.answers = answers;
	played.count = 1;
	played.calls = 1;
	played.patience = 1;
	KUNIT_EXPECT_EQ(test, -EINTR, measure_repeat(&run, MEASURE_CALL_MEASURE, &request));
	KUNIT_EXPECT_EQ(test, run.calls, 0);
	KUNIT_EXPECT_FALSE(test, run.answered);
	KUNIT_EXPECT_EQ(test, played.cancels, 0);
}

static void a_signal_while_busy_has_nothing_to_cancel(struct kunit *test)
{
	struct measure_run run = {};

	KUNIT_EXPECT_EQ(test, -EINTR, PLAY(&run, MEASURE_CALL_MEASURE, 2, MEASURE_BUSY));
	KUNIT_EXPECT_EQ(test, played.cancels, 0);
}

static void no_answer_is_an_error(struct kunit *test)
{
	struct measure_run run = {};

	KUNIT_EXPECT_EQ(test, -EIO, PLAY(&run, MEASURE_CALL_MEASURE, 0, UNANSWERED));
	KUNIT_EXPECT_FALSE(test, run.answered);
	KUNIT_EXPECT_EQ(test, played.cancels, 0);

	KUNIT_EXPECT_EQ(test, -EIO, PLAY(&run, MEASURE_CALL_MEASURE, 0,
					 MEASURE_INCOMPLETE, UNANSWERED));
	KUNIT_EXPECT_FALSE(test, run.answered);
	KUNIT_EXPECT_EQ(test, played.cancels, 1);
}

static void only_measurements_are_cancelled(struct kunit *test)
{
	struct measure_run run = {};

	KUNIT_EXPECT_EQ(test, -EINTR, PLAY(&run, MEASURE_CALL_GET_KEY, 2,
					   MEASURE_INCOMPLETE));
	KUNIT_EXPECT_EQ(test, played.cancels, 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(key_requests),
	KUNIT_CASE_PARAM(measure_requests, request_gen_params),
	KUNIT_CASE(all_of_an_address_is_told),
	KUNIT_CASE(most_ranges),
	KUNIT_CASE_PARAM(checked_ranges, range_gen_params),
	KUNIT_CASE(pages_that_follow_each_other_are_joined),
	KUNIT_CASE(pages_elsewhere_are_not_joined),
	KUNIT_CASE(ranges_of_the_caller_are_not_joined),
	KUNIT_CASE(a_full_array_still_takes_what_can_be_joined),
	KUNIT_CASE(sums_do_not_wrap),
	KUNIT_CASE_PARAM(results, result_gen_params),
	KUNIT_CASE(a_call_is_repeated_until_it_is_done),
	KUNIT_CASE(a_refusal_is_final),
	KUNIT_CASE(a_signal_cancels),
	KUNIT_CASE(a_signal_before_the_first_call_makes_none),
	KUNIT_CASE(a_signal_while_busy_has_nothing_to_cancel),
	KUNIT_CASE(no_answer_is_an_error),
	KUNIT_CASE(only_measurements_are_cancelled),
	{}
};

static struct kunit_suite suite = {
	.name = "svsm_measure",
	.test_cases = cases,
};

kunit_test_suite(suite);

MODULE_DESCRIPTION("KUnit tests of svsm_measure");
MODULE_LICENSE("GPL");
