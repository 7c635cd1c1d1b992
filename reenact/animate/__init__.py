"""A portrait and a driving video in, the portrait doing what the driver does out."""
