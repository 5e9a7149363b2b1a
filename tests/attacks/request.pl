# Makes one ioctl MEASURE of /dev/svsm-measure, right or wrong, and prints what came of it:
# errno's name, the SVSM's code and detail, the range to blame.
#
#     request.pl ALGORITHM RESULT_SIZE KIND:PID:START:LENGTH...
#
# Layout: src/module/svsm_measure.h, struct svsm_measure_measure and struct svsm_measure_range.
use strict;
use warnings;
use Errno;

my ($algorithm, $size, @ranges) = @ARGV;
my $table = join "", map { pack "L L Q Q", map { oct(/^0x/ ? $_ : "0x$_") } split /:/ } @ranges;
my $result = "\0" x ($size || 1);
my $nonce = "\1" x 64;
my $address = sub { unpack "Q", pack "P", $_[0] };
my $argument = pack "L L Q Q a64 Q L L Q L L Q Q Q L L Q4", 184, 0, 0, 0, $nonce,
    $table eq "" ? 0 : $address->($table), scalar @ranges, $algorithm, $address->($result), $size,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0;
open my $device, "+<", "/dev/svsm-measure" or done("open");
# _IOWR(0xBA, 2, 184 bytes)
my $done = ioctl $device, 3 << 30 | 184 << 16 | 0xBA << 8 | 2, $argument;
done($done ? "" : "measure");

sub done {
    my ($failed) = @_;
    my ($name) = $failed ? grep { $!{$_} } keys %! : ("SUCCESS");
    my @told = unpack "L L Q Q a64 Q L L Q L L Q Q Q L L", $argument;
    printf "%s %x %d %d\n", $name, $told[2], $told[3], $told[10];
    exit;
}
