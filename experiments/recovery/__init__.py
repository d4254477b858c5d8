"""Whether a calibration finds again what simulated figures were made with."""
