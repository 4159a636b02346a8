"""Engines that translate, each behind EasyNMT."""
