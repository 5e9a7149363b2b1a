/*
 * svsm-measure - have the SVSM measure memory of this guest.
 *
 * This file reads the command line. What is asked for is docs/measurement-protocol.md's; the
 * interface to the kernel is src/module/svsm_measure.h.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "measure.h"
#include "query.h"

#define SEE_HELP "see svsm-measure --help"

static const char usage[] =
	"svsm-measure query\n"
	"    Print what the SVSM offers, as key=value lines.\n"
	"\n"
	"svsm-measure THING... --nonce HEX128 -o FILE [--algorithm sha384|sha512] [--no-firmware]\n"
	"    Have the SVSM measure things, and write the evidence to FILE: for\n"
	"    `./testbed verify`, by whoever drew the nonce (64 random bytes).\n"
	"\n"
	"    kernel-text              the running kernel's code\n"
	"    kernel-rodata            its read-only data\n"
	"    module NAME              section .text of a loaded module\n"
	"    process PID START-END    memory of a process, as in /proc/PID/maps\n"
	"    phys ADDR LEN            guest-physical memory\n"
	"\n"
	"    Addresses and lengths are hexadecimal. Several things may follow each other.\n"
	"    -o, --output FILE        where to; complete or not at all\n"
	"    --algorithm NAME         sha384 (default) or sha512\n"
	"    --no-firmware            leave out what the firmware measured before Linux ran\n"
	"\n"
	"svsm-measure bench --sizes 4KiB,64KiB,... [--repeats N] [--algorithm sha384|sha512]\n"
	"    Time it: CSV with size_bytes,repeat,algorithm,svsm_seconds,svsm_calls,plain_seconds.\n"
	"    Plain is the same hash by libcrypto in this process. Where the kernel repeats calls\n"
	"    by itself (resumable=no), svsm_calls is worked out from size_bytes. Default: 3\n"
	"    repeats, sha512.\n"
	"\n"
	"Exit status: 0 done, 1 failed, 2 wrong use, 3 no SVSM or none that measures.\n";

struct options {
	const char *nonce;
	const char *output;
	const char *algorithm;
	const char *sizes;
	const char *repeats;
	bool no_firmware;
	bool help;
};

enum option_code { OUTPUT = 'o', HELP = 'h', NONCE = 256, ALGORITHM, NO_FIRMWARE, SIZES, REPEATS };

static const struct option long_options[] = {
	{ "nonce", required_argument, NULL, NONCE },
	{ "output", required_argument, NULL, OUTPUT },
	{ "algorithm", required_argument, NULL, ALGORITHM },
	{ "no-firmware", no_argument, NULL, NO_FIRMWARE },
	{ "sizes", required_argument, NULL, SIZES },
	{ "repeats", required_argument, NULL, REPEATS },
	{ "help", no_argument, NULL, HELP },
	{ NULL, 0, NULL, 0 },
};

/* Take the options out; what is left are words from argv[optind] on. */
static enum status read_options(int argc, char **argv, struct options *options)
{
	int code;

	while ((code = getopt_long(argc, argv, "o:h", long_options, NULL)) != -1) {
		switch (code) {
		case NONCE:
			options->nonce = optarg;
			break;
		case OUTPUT:
			options->output = optarg;
			break;
		case ALGORITHM:
			options->algorithm = optarg;
			break;
		case NO_FIRMWARE:
			options->no_firmware = true;
			break;
		case SIZES:
			options->sizes = optarg;
			break;
		case REPEATS:
			options->repeats = optarg;
			break;
		case HELP:
			options->help = true;
			break;
		default: /* getopt has said what is wrong */
			return fail(WRONG_USE, SEE_HELP);
		}
	}
	return DONE;
}

static enum status read_algorithm(const char *name, uint32_t *algorithm)
{
	if (!name)
		return DONE;
	if (!strcmp(name, "sha384"))
		*algorithm = SVSM_MEASURE_SHA384;
	else if (!strcmp(name, "sha512"))
		*algorithm = SVSM_MEASURE_SHA512;
	else
		return fail(WRONG_USE, "--algorithm %s: there are sha384 and sha512", name);
	return DONE;
}

static enum status refuse_words(int argc, char **argv, const char *command)
{
	if (optind == argc)
		return DONE;
	return fail(WRONG_USE, "%s takes no \"%s\"; " SEE_HELP, command, argv[optind]);
}

static enum status run_query(int argc, char **argv, const struct options *options)
{
	if (options->nonce || options->output || options->algorithm || options->sizes ||
	    options->repeats || options->no_firmware)
		return fail(WRONG_USE, "query takes no options; " SEE_HELP);
	return refuse_words(argc, argv, "query") ? WRONG_USE : query();
}

static enum status run_bench(int argc, char **argv, const struct options *options)
{
	uint32_t algorithm = SVSM_MEASURE_SHA512;
	unsigned long repeats = 3;
	char *rest = NULL;

	if (refuse_words(argc, argv, "bench") || read_algorithm(options->algorithm, &algorithm))
		return WRONG_USE;
	if (options->nonce || options->output || options->no_firmware)
		return fail(WRONG_USE, "bench writes no evidence: it takes --sizes, --repeats and "
			    "--algorithm; " SEE_HELP);
	if (!options->sizes)
		return fail(WRONG_USE, "bench: --sizes is missing, say --sizes 4KiB,64KiB,1MiB");
	if (options->repeats)
		repeats = strtoul(options->repeats, &rest, 10);
	if (rest && (*rest || rest == options->repeats || options->repeats[0] == '-'))
		repeats = 0;
	if (!repeats || repeats > BENCH_REPEATS_MAX)
		return fail(WRONG_USE, "--repeats %s: it is a number from 1 to %u", options->repeats,
			    BENCH_REPEATS_MAX);
	return bench(options->sizes, repeats, algorithm);
}

static enum status refuse_twins(const struct thing *things, size_t count)
{
	size_t i;

	for (i = 0; i + 1 < count; i++)
		if (!strcmp(things[i].purpose, things[count - 1].purpose))
			return fail(WRONG_USE, "%s is named twice; once is enough", things[i].purpose);
	return DONE;
}

/* The words are things, one after the other. */
static enum status read_things(char **words, int left, struct thing *things, size_t *count)
{
	enum status status = DONE;
	int used = 0;

	for (*count = 0; left && !status; words += used, left -= used) {
		status = read_thing(words, left, &things[*count], &used);
		if (!status)
			status = refuse_twins(things, ++*count);
	}
	return status;
}

static enum status read_order(const struct options *options, struct order *order)
{
	if (options->sizes || options->repeats)
		return fail(WRONG_USE, "--sizes and --repeats are bench's; " SEE_HELP);
	if (!options->nonce)
		return fail(WRONG_USE, "--nonce is missing: the verifier's 64 bytes, 128 hexadecimal digits");
	if (!options->output || !*options->output)
		return fail(WRONG_USE, "-o is missing: the file that the evidence goes to");
	order->algorithm = SVSM_MEASURE_SHA384;
	order->firmware = !options->no_firmware;
	order->path = options->output;
	return read_nonce(options->nonce, order->nonce) ||
			       read_algorithm(options->algorithm, &order->algorithm)
		       ? WRONG_USE
		       : DONE;
}

static enum status run_measure(int argc, char **argv, const struct options *options)
{
	struct thing *things = calloc(argc, sizeof(*things));
	struct order order = { .things = things };
	enum status status;

	if (!things)
		return fail(FAILED, "no memory for %d words; give the guest more", argc);
	status = read_things(argv + optind, argc - optind, things, &order.count);
	if (!status)
		status = read_order(options, &order);
	if (!status)
		status = carry_out(&order);
	free(things);
	return status;
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	enum status status = read_options(argc, argv, &options);

	if (status)
		return status;
	if (options.help)
		return fputs(usage, stdout) < 0 ? FAILED : DONE;
	if (optind == argc)
		return fail(WRONG_USE, "nothing to do: name what to measure, or query or bench; " SEE_HELP);
	if (!strcmp(argv[optind], "query")) {
		optind++;
		return run_query(argc, argv, &options);
	}
	if (!strcmp(argv[optind], "bench")) {
		optind++;
		return run_bench(argc, argv, &options);
	}
	return run_measure(argc, argv, &options);
}
