"""Verification of SEV-SNP attestation reports: docs/attestation.md tells what is checked."""
