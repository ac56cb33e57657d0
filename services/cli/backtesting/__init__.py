"""What `kizashi backtest` asks for, and how it tells what was found."""
