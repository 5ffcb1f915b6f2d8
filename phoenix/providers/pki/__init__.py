"""Certificates, their copies and the roots behind them."""
